import type { FastifyBaseLogger } from 'fastify'
import { StoreFence } from '../connections/storeFence.js'
import type { AppEvents } from '../context/appEvents.js'
import type { Limits } from '../shared/limits.js'
import { Standstill } from '../shared/standstill.js'
import type { Cluster } from '../socketio/clusterAdapter.js'
import { isTemporary } from '../store/isTemporary.js'
import type { RightsChange, Store } from '../store/store.js'
import type { Rooms } from './composeRooms.js'
import type { AssembledSessions } from './composeSessions.js'
import { createEventDelivery } from './deliverEvent.js'

/** What follows the store. */
export interface FollowDeps {
  rooms: Rooms
  events: AppEvents
  cluster: Cluster
  limits: Limits
  log: FastifyBaseLogger
}

/** What keeps a process from serving what may be out of date. */
export interface StoreGuards {
  readonly standstill: Standstill
  readonly fence: StoreFence
}

/**
 * Follows what other processes write into the store. Catches up after this one stood still, or could
 * not reach the store.
 */
export function followStore(
  store: Store,
  { sessions, live, changeCounter }: AssembledSessions,
  { rooms, events, cluster, limits, log }: FollowDeps,
): StoreGuards {
  const review = (
    changed?: ReadonlySet<string>,
    continued?: ReadonlySet<string>,
  ): Promise<void> => {
    if (changed?.size === 0) return Promise.resolve()
    changeCounter.suspect()
    const ids = live.ids()
    return sessions.review(changed ? ids.filter((id) => changed.has(id)) : ids, continued)
  }
  /** Applies one change after the other: one that fails keeps back nothing else. Returns the failures. */
  const applyAll = async (changes: readonly RightsChange[]): Promise<unknown[]> => {
    const failures: unknown[] = []
    for (const change of changes) {
      try {
        await rooms.rights.apply(change)
      } catch (error) {
        failures.push(error)
        if (!isTemporary(error))
          log.error({ err: error }, 'a change of rights could not be applied; it is tried again')
      }
    }
    return failures
  }
  const standstill = new Standstill({
    maxLateMs: limits.standstillMs,
    async refresh() {
      await store.readNews() // rights, too: a member may have been removed from a room
      await review()
    },
    resume() {
      fence.lift()
      return rooms.resume()
    },
    onFailure: (error) => {
      const level = fence.isUp && !fence.isAnswered ? 'debug' : 'error' // the fence has said so
      log[level](
        { err: error },
        'could not read sessions and rooms again; it is tried until it works',
      )
    },
  })
  const fence = new StoreFence({ reach: store.reach, standstill, limits, log })
  const deliver = createEventDelivery(rooms, events, cluster)
  store.onPossibleLoss(rooms.doubt)
  store.onNews(async (news) => {
    const failures = await applyAll(news.rights)
    await review(news.sessions, news.continued) // first, so that nothing is sent to a session that has ended
    for (const event of news.events) {
      try {
        deliver(event)
      } catch (error) {
        log.warn({ err: error }, 'an event of another process could not be delivered')
      }
    }
    if (!standstill.isStale()) await rooms.look(news.rooms)
    // The store tells them again.
    if (failures.length > 0) throw new AggregateError(failures, 'Rights could not be applied')
  })
  return { standstill, fence }
}
