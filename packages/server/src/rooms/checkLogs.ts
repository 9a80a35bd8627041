import type { FastifyBaseLogger } from 'fastify'
import type { RealtimeServer } from '../socketio/connection.js'
import type { RoomStore } from '../store/store.js'
import { askToRejoin } from './broadcastMessage.js'
import type { Feed } from './feed.js'

/** How many logs are compared by one read, which reads a row of messages for each. */
const LOGS_PER_READ = 50

/** What checking logs needs. */
export interface LogCheckDeps {
  io: RealtimeServer
  store: RoomStore
  log: FastifyBaseLogger
}

/** Compares the logs that are in doubt. Members of those that are not surely the same join again. */
export async function checkLogs(
  feeds: Iterable<Feed>,
  { io, store, log }: LogCheckDeps,
): Promise<void> {
  const doubted = [...feeds].flatMap((feed) => {
    const place = feed.doubted
    return place ? { feed, ...place } : []
  })
  for (let start = 0; start < doubted.length; start += LOGS_PER_READ) {
    const some = doubted.slice(start, start + LOGS_PER_READ)
    const compared = await store.compare(some)
    for (const [index, { feed, doubts, room, seq }] of some.entries()) {
      const found = compared[index]
      const comparison = found && feed.compared(found, doubts)
      if (!found || !comparison || comparison === 'same') continue
      const place = { room, seq, head: found.head.seq }
      if (comparison === 'lost') {
        log.error(
          place,
          'the log of a room has lost messages, as after a failover to an asynchronous standby: its members read it again',
        )
      } else {
        log.debug(place, 'the log of a room could not be compared: its members read it again')
      }
      askToRejoin(io, found.head)
    }
  }
}

/** Looks at doubted rooms with something to send: once for all that are named in the meantime. */
export function createRoomLooks(
  look: (rooms: ReadonlySet<string>) => Promise<unknown>,
  log: FastifyBaseLogger,
): (room: string) => void {
  let waiting = new Set<string>()
  let isLooking = false
  return (room) => {
    waiting.add(room)
    if (isLooking) return
    isLooking = true
    void (async () => {
      try {
        while (waiting.size > 0) {
          const rooms = waiting
          waiting = new Set()
          await look(rooms)
        }
      } catch (error) {
        log.debug({ err: error }, 'could not compare logs with the store, which is tried again')
      } finally {
        isLooking = false
      }
    })()
  }
}
