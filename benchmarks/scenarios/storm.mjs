import { setTimeout as sleep } from 'node:timers/promises'

const CLIENTS = 2_000
const MINUTES_AGO_MS = 10 * 60_000
const WARM_UPS = 4
/** By then, disconnects have been recorded. */
const SETTLED_MS = 1_500

/** 2,000 clients come back at once, of sessions that were last seen 10 minutes ago. */
export const storm = {
  name: '2,000 come back at once',
  unit: 'ms until all are connected',
  target: 1.2,
  rounds: 8,
  async prepare(subject) {
    const { server, memo } = subject
    memo.tokens = await server.ask('tokens', CLIENTS)
    for (let round = 0; round < WARM_UPS; round++) await comeBack(subject)
  },
  measure: async (subject) => (await comeBack(subject)).ms,
}

/** The longest time for which the event loop was blocked: 2,000 sockets are ready at once. */
export const stormLoop = {
  ...storm,
  name: '2,000 come back at once, loop',
  unit: 'ms that the event loop was late, at most',
  measure: async (subject) => (await comeBack(subject)).loop.max,
}

/** The same as the processor time of the server. */
export const stormCost = {
  ...storm,
  name: '2,000 come back at once, cost',
  unit: 'µs of the server’s processor for each',
  measure: async (subject) => (await comeBack(subject)).cost,
}

async function comeBack({ server, load, url, memo }) {
  await server.ask('age', MINUTES_AGO_MS)
  await sleep(100) // another process has written
  await server.ask('loopDelay')
  const before = await server.ask('processorTime')
  const ms = await load.ask('open', url, memo.tokens, CLIENTS)
  const cost = ((await server.ask('processorTime')) - before) / CLIENTS
  const loop = await server.ask('loopDelay')
  await load.ask('close', url)
  await sleep(SETTLED_MS)
  return { ms, cost, loop }
}
