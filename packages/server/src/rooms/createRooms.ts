import type { RoomMessage } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../limits.js'
import type { RealtimeServer } from '../socket/connection.js'
import type { Database } from '../store/openDatabase.js'
import type { Authorizer } from './authorize.js'
import { createFeeds } from './feeds.js'
import { createFileHints } from './hints.js'
import { createMemberships } from './memberships.js'
import type { Memberships } from './memberships.js'
import { createPresence } from './presence.js'
import { startRoomClock } from './roomClock.js'

/** What rooms need. */
export interface RoomsOptions {
  io: RealtimeServer
  database: Database
  authorize: Authorizer
  limits: Limits
  log: FastifyBaseLogger
}

/** The rooms of a node. */
export interface Rooms {
  readonly memberships: Memberships
  /** Tells the connections here of what was committed. */
  appended(this: void, messages: readonly RoomMessage[]): void
  /** Stops all timers. */
  close(this: void): void
}

/** Puts the parts of rooms together. */
export function createRooms({ io, database, authorize, limits, log }: RoomsOptions): Rooms {
  const feeds = createFeeds(io, database, log)
  const presence = createPresence({ io, database, limits, log })
  const hints = createFileHints(database, limits.storePollMs, log)
  const stopClock = startRoomClock({ io, feeds, presence, hints, limits, log })
  return {
    memberships: createMemberships({ database, feeds, presence, authorize, limits }),
    appended: feeds.appended,
    close() {
      stopClock()
      presence.close()
    },
  }
}
