import { warmUp } from '../lib/warmUp.mjs'

const WARM_UP = 20_000 // connections become several times cheaper in this time
const CONNECTS = 200

/** A WebSocket connection from its first byte to its end, including the look-up of its token. */
export const connect = {
  name: 'connect and leave',
  unit: 'µs of the server’s processor',
  target: 1.1,
  async prepare(subject) {
    const { server, load, url, memo } = subject
    memo.tokens = await server.ask('tokens', 200)
    await load.ask('connects', url, memo.tokens, warmUp(subject, WARM_UP))
  },
  async measure({ server, load, url, memo }) {
    const before = await server.ask('processorTime')
    await load.ask('connects', url, memo.tokens, CONNECTS)
    return ((await server.ask('processorTime')) - before) / CONNECTS
  },
}
