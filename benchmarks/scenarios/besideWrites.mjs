import { summarize, quantile } from '../lib/statistics.mjs'

const CLIENTS = 50
const WARM_UP_MS = 3_000
const ROUND_MS = 2_000
const ROOM = 'public:writes'
const WRITES_PER_SECOND = 200
const ECHOES_PER_SECOND = 100
const MANY_WRITES_PER_SECOND = 1_000

/** How long an echo takes while others send durable messages: nothing waits for the disk. */
export const besideWrites = {
  name: 'echo beside 200 durable sends/s, median',
  unit: 'ms',
  target: 0.5,
  isAlone: true,
  rounds: 12,
  prepare,
  measure: async (subject) => summarize(await echoTimes(subject)).median,
  finish,
}

/** The slowest of these echoes. */
export const besideWritesP99 = {
  ...besideWrites,
  name: 'echo beside 200 durable sends/s, p99',
  target: 5,
  measure: async (subject) => quantile(sorted(await echoTimes(subject)), 0.99),
}

/** How late the event loop is under five times as many. */
export const loopBesideWrites = {
  name: 'event loop at 1,000 durable sends/s, p99 of its delay',
  unit: 'ms',
  target: 10,
  isAlone: true,
  rounds: 12,
  prepare,
  async measure({ server, load, url }) {
    await server.ask('loopDelay')
    await load.ask('deliverAtRate', url, ROOM, MANY_WRITES_PER_SECOND, ROUND_MS)
    return (await server.ask('loopDelay')).p99
  },
  finish,
}

async function prepare(subject) {
  const { server, load, url } = subject
  await load.ask('open', url, await server.ask('tokens', CLIENTS))
  await load.ask('echo', url, 1, WARM_UP_MS)
  await load.ask('deliverAtRate', url, ROOM, MANY_WRITES_PER_SECOND, WARM_UP_MS)
}

async function echoTimes({ load, url }) {
  const [times] = await Promise.all([
    load.ask('echoTimes', url, ECHOES_PER_SECOND, ROUND_MS),
    load.ask('deliverAtRate', url, ROOM, WRITES_PER_SECOND, ROUND_MS),
  ])
  return times
}

function sorted(values) {
  return [...values].sort((a, b) => a - b)
}

function finish({ load, url }) {
  return load.ask('close', url)
}
