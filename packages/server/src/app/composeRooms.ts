import type { RoomMessage } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { Authorization } from '../rooms/authorize.js'
import { createPresenceCheck } from '../rooms/checkPresence.js'
import { createFeeds } from '../rooms/feeds.js'
import { Memberships } from '../rooms/memberships.js'
import { RoomPresences } from '../rooms/presence.js'
import type { RoomCatalog } from '../rooms/roomCatalog.js'
import { OwnEchoes } from '../rooms/ownEchoes.js'
import { createRoomActions } from '../rooms/roomActions.js'
import type { RoomActions } from '../rooms/roomActions.js'
import { createRoomKeeper } from '../rooms/roomKeeper.js'
import { createRoomRights } from '../rooms/roomRights.js'
import type { RightsChanges } from '../rooms/roomRights.js'
import { startRoomClock } from '../rooms/roomTimers.js'
import { SurplusNotes } from '../rooms/surplusNotes.js'
import { Typing } from '../rooms/typing.js'
import type { Draining } from '../shared/draining.js'
import type { Limits } from '../shared/limits.js'
import type { RateLimit } from '../shared/rateLimit.js'
import type { RealtimeServer } from '../socketio/connection.js'
import type { Store } from '../store/store.js'

/** What rooms need. */
export interface RoomsDeps {
  io: RealtimeServer
  store: Store
  catalog: RoomCatalog
  authorization: Authorization
  /** Counts the commands of each session. */
  perSession: RateLimit
  /** Whether this process stood still and has not read the store again; it must not send then. */
  isStale(this: void): boolean
  /** Resolves once it has. */
  whenFresh(this: void): Promise<void>
  draining: Draining
  limits: Limits
  log: FastifyBaseLogger
}

/** The rooms of a node. */
export interface Rooms {
  readonly memberships: Memberships
  readonly ownEchoes: OwnEchoes
  readonly actions: RoomActions
  readonly typing: Typing
  readonly rights: RightsChanges
  /** The rooms that may have grown too long. */
  readonly surplus: SurplusNotes
  /** How many rooms connections here are in. */
  count(this: void): number
  /** Tells the connections here of what was committed. */
  appended(this: void, messages: readonly RoomMessage[]): void
  /** Reads what other nodes have changed, in the given rooms or in all. */
  look(this: void, rooms?: ReadonlySet<string>): Promise<void>
  /** The logs may have lost messages. @param isOther whether another database may have lost more */
  doubt(this: void, isOther: boolean): void
  /** Reads the store again after this process stood still. */
  resume(this: void): Promise<void>
  /** Stops all timers and writes what is still pending. */
  close(this: void): Promise<void>
}

/** Puts the parts of rooms together. */
export function createRooms(deps: RoomsDeps): Rooms {
  const { io, catalog, perSession, isStale, whenFresh, draining, limits, log } = deps
  const { authorize, doubt, doubts } = deps.authorization
  const { rooms: store, presence: presenceStore, now } = deps.store
  const keeper = createRoomKeeper({ store, now, limits, log })
  const presence = new RoomPresences({
    io,
    store: presenceStore,
    now,
    isStale,
    isDraining: () => draining.isDraining,
    onWrite: keeper.flush,
    limits,
    log,
  })
  const ownEchoes = new OwnEchoes()
  const feeds = createFeeds(io, store, limits, log, ownEchoes, isStale, (messages) => {
    for (const { room, from } of messages) presence.spoke(room, from)
  })
  const memberships = new Memberships({ store, feeds, presence, authorize, whenFresh, limits, log })
  const surplus = new SurplusNotes(limits.roomRetentionMessages)
  const stopClock = startRoomClock({ io, feeds, presence, isStale, limits, log })
  const typing = new Typing({ io, events: deps.store.events, presence, isStale })
  return {
    memberships,
    ownEchoes,
    typing,
    actions: createRoomActions({
      typing,
      store,
      feeds,
      presence,
      keeper,
      memberships,
      authorize,
      doubts,
      checkPresence: createPresenceCheck(catalog, limits),
      perSession,
      isStale,
      whenFresh,
      limits,
    }),
    rights: createRoomRights({ io, store, catalog, memberships, presence, doubt }),
    surplus,
    count: () => feeds.rooms().length,
    appended(messages) {
      if (!isStale()) feeds.appended(messages) // otherwise resume() reads them from the store
      surplus.note(messages)
    },
    async look(rooms) {
      if (feeds.rooms().length === 0 || rooms?.size === 0) return
      await feeds.look(rooms)
      await presence.look(rooms)
    },
    doubt(isOther) {
      feeds.doubt()
      if (isOther) presence.rewrite()
    },
    async resume() {
      await presence.resume()
      await feeds.look()
    },
    async close() {
      stopClock()
      typing.close()
      await Promise.all([presence.close(draining.windowMs), keeper.close()])
    },
  }
}
