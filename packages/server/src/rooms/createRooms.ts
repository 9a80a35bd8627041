import type { RoomMessage } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../limits.js'
import type { RealtimeServer } from '../socket/connection.js'
import type { Authorizer } from './authorize.js'
import { createFeeds } from './feeds.js'
import type { Hints } from '../store/hints.js'
import { Memberships } from './memberships.js'
import { RoomPresences } from './presence.js'
import { createRoomActions } from './roomActions.js'
import type { RoomActions } from './roomActions.js'
import type { RoomStore } from './roomQueries.js'
import { startRoomClock } from './roomClock.js'

/** What rooms need. */
export interface RoomsOptions {
  io: RealtimeServer
  store: RoomStore
  authorize: Authorizer
  hints: Hints
  limits: Limits
  log: FastifyBaseLogger
}

/** The rooms of a node. */
export interface Rooms {
  readonly memberships: Memberships
  readonly actions: RoomActions
  /** Tells the connections here of what was committed. */
  appended(this: void, messages: readonly RoomMessage[]): void
  /** Stops all timers. */
  close(this: void): void
}

/** Puts the parts of rooms together. */
export function createRooms({ io, store, authorize, hints, limits, log }: RoomsOptions): Rooms {
  const feeds = createFeeds(io, store, log)
  const presence = new RoomPresences({ io, database: store.database, limits, log })
  const memberships = new Memberships({ feeds, presence, authorize, limits })
  const stopClock = startRoomClock({ io, feeds, presence, hints, limits, log })
  return {
    memberships,
    actions: createRoomActions({ store, feeds, presence, memberships, authorize, limits }),
    appended: feeds.appended,
    close() {
      stopClock()
      presence.close()
    },
  }
}
