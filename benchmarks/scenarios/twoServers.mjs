import { setTimeout as sleep } from 'node:timers/promises'
import { askProcess } from '../lib/askProcess.mjs'

const CONNECTIONS = 2_000
const FOREIGN_ON = 1
const FOREIGN_PER_SECOND = 20
const WINDOW_S = 2
const ROOM = 'public:elsewhere'

/** An idle server whose file another process writes, into a room that nobody here is in. */
export const idleBesideForeignCommits = {
  name: `2,000 idle connections, ${FOREIGN_PER_SECOND} foreign commits/s, over none`,
  unit: 'ratio of CPU time',
  target: 1.1,
  isAlone: true,
  rounds: 12,
  prepare,
  async measure(subject) {
    const quiet = await idle(subject)
    const busy = await besideCommits(subject)
    return busy / quiet
  },
  finish,
}

/** What that server costs in a second, where nothing happens at all. */
export const idleServer = {
  ...idleBesideForeignCommits,
  name: '2,000 idle connections of two servers on one file',
  unit: 'ms of CPU time in a second',
  target: 24,
  measure: idle,
}

/** The same beside foreign commits. */
export const idleBesideForeign = {
  ...idleBesideForeignCommits,
  name: `the same, with ${FOREIGN_PER_SECOND} foreign commits/s`,
  unit: 'ms of CPU time in a second',
  target: 26.4,
  measure: besideCommits,
}

async function prepare({ server, load, url, memo }) {
  const args = [await server.ask('databaseUrl')]
  memo.foreign = await askProcess('../servers/ours.mjs', { processor: FOREIGN_ON, args })
  await load.ask('open', url, await server.ask('tokens', CONNECTIONS))
  await memo.foreign.ask('publish', ROOM, { n: 1 }, 5)
  await sleep(1_000)
}

async function idle({ server }) {
  const before = await server.ask('processorTime')
  await sleep(WINDOW_S * 1_000)
  return ((await server.ask('processorTime')) - before) / 1_000 / WINDOW_S
}

async function besideCommits(subject) {
  const { foreign } = subject.memo
  const count = FOREIGN_PER_SECOND * WINDOW_S
  const [cost] = await Promise.all([
    idle(subject),
    foreign.ask('publishAtRate', ROOM, { n: 1 }, FOREIGN_PER_SECOND, count),
  ])
  return cost
}

async function finish({ load, url, memo }) {
  await load.ask('close', url)
  await memo.foreign.close()
}
