import { warmUp } from '../lib/warmUp.mjs'

const SESSIONS = 10_000
const HOUR_MS = 60 * 60_000
const WARM_UP = 20_000 // connections become several times cheaper in this time
const CONNECTS = 200

/**
 * A WebSocket connection from its first byte to its end, including the look-up of its token, of
 * sessions that were last seen an hour ago.
 */
export const connect = {
  name: 'connect and leave',
  unit: 'µs of the server’s processor',
  target: 1.1,
  async prepare(subject) {
    const { server, load, url, memo } = subject
    memo.tokens = await server.ask('tokens', SESSIONS)
    memo.next = SESSIONS
    for (let done = 0; done < warmUp(subject, WARM_UP); done += CONNECTS) {
      await load.ask('connects', url, await oldTokens(subject), CONNECTS)
    }
  },
  async measure(subject) {
    const { server, load, url } = subject
    const tokens = await oldTokens(subject)
    const before = await server.ask('processorTime')
    await load.ask('connects', url, tokens, CONNECTS)
    return ((await server.ask('processorTime')) - before) / CONNECTS
  },
}

/** Each time the tokens of other sessions, until there are no more. */
async function oldTokens({ server, memo }) {
  if (memo.next === SESSIONS) {
    await server.ask('age', HOUR_MS)
    memo.next = 0
  }
  return memo.tokens.slice(memo.next, (memo.next += CONNECTS))
}
