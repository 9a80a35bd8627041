import { warmUp } from '../lib/warmUp.mjs'

const CLIENTS = 50
const WARM_UP_MS = 5_000
const ROUND_MS = 200

/** Echoes with acknowledgements, a number at a time from each of 50 clients. */
export function echo(depth, target) {
  return {
    name: `echo, ${depth} at once`,
    unit: 'µs of the server’s processor',
    target,
    async prepare(subject) {
      const { server, load, url } = subject
      await load.ask('open', url, await server.ask('tokens', CLIENTS))
      await load.ask('echo', url, depth, warmUp(subject, WARM_UP_MS))
    },
    async measure({ server, load, url }) {
      const before = await server.ask('processorTime')
      const answers = await load.ask('echo', url, depth, ROUND_MS)
      return ((await server.ask('processorTime')) - before) / answers
    },
    finish: ({ load, url }) => load.ask('close', url),
  }
}
