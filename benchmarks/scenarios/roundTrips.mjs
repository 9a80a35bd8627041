import { performance } from 'node:perf_hooks'
import { memoryStorage, YektaYarSocket } from '@yektayar/client'
import { distantServer } from '../lib/distantServer.mjs'

/** Long beside what a processor adds, so that the quotient is close to a whole number. */
const ONE_WAY_MS = 100
const ROOM = 'public:far'

/**
 * How many round trips a browser is away from a room with all its messages, from the first TCP packet
 * of a page, without TLS: joined and caught up, over the time of a round trip.
 *
 * @param isWarm whether the storage has a session; and whether the page comes back to a known place
 */
export function roundTrips(isWarm, target) {
  return {
    name: `to a caught-up room, ${isWarm ? 'warm' : 'cold'}`,
    unit: 'round trips',
    target,
    isAlone: true,
    rounds: 5,
    async measure({ server, url }) {
      await server.ask('publish', ROOM, { text: 'before' }, 3)
      const far = await distantServer(url, ONE_WAY_MS)
      const storage = memoryStorage()
      if (isWarm) await visit(far.url, storage)
      try {
        return (await visit(far.url, storage)) / (2 * ONE_WAY_MS)
      } finally {
        far.close()
      }
    },
  }
}

/** Opens a page, and tells in milliseconds how long it took to the room. */
async function visit(url, storage) {
  const client = new YektaYarSocket({ url, storage })
  const startedAt = performance.now()
  client.connect()
  await client.room(ROOM).join()
  const tookMs = performance.now() - startedAt
  await client.disconnect()
  return tookMs
}
