import { setTimeout as sleep } from 'node:timers/promises'

const WITHIN_MS = 5_000
/** By then, the members have their lists, and the store has the members. */
const SETTLED_MS = 600
/** Those who lost their connections stay for a while. */
const GONE_MS = 1_500
const SIZES = [250, 500, 1_000, 2_000]
const LARGEST = 2_000

/** Clients connect and join one room within 5 s; plain Socket.IO tells nobody of them. */
export const joinCrowd = {
  name: 'connect and join a crowd within 5 s',
  unit: 'µs of the server’s processor for each',
  sizes: SIZES,
  maxExponent: 0.15, // of the cost for each, not for all
  ...crowdOf(({ cost, size }) => cost / size),
}

/** How many events tell the members of each other. */
export const joinCrowdEvents = {
  name: 'events that tell of a crowd',
  unit: 'events, for each who joins',
  isAlone: true,
  sizes: SIZES,
  maxExponent: 0.15,
  ...crowdOf(({ told, size }) => told.events / size),
}

/** How late the event loop is while 2,000 come within 5 s and then all leave. */
export const joinCrowdLoop = {
  name: '2,000 join a room within 5 s, and leave',
  unit: 'ms that the event loop was late, at most',
  isAlone: true,
  target: 100,
  ...crowdOf(({ loopMs }) => loopMs),
}

function crowdOf(resultOf) {
  return {
    rounds: 3,
    async prepare({ server, load, url, memo, size = LARGEST }) {
      memo.tokens = await server.ask('tokens', size)
      memo.round = 0
      await load.ask('connects', url, memo.tokens, 2_000)
    },
    measure: async (subject) => resultOf(await comeAndGo(subject)),
  }
}

async function comeAndGo({ server, load, url, memo, size = LARGEST }) {
  const room = `public:crowd${String(++memo.round)}`
  await load.ask('told')
  await server.ask('loopDelay')
  const before = await server.ask('processorTime')
  await load.ask('arrive', url, memo.tokens, room, WITHIN_MS)
  await sleep(SETTLED_MS)
  const cost = (await server.ask('processorTime')) - before
  const told = await load.ask('told')
  await load.ask('close', url)
  await sleep(GONE_MS)
  const { max: loopMs } = await server.ask('loopDelay')
  return { size, cost, told, loopMs }
}
