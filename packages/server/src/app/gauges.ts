import type { LiveSessions } from '../connections/connectionsBySession.js'
import type { StoreFence } from '../connections/storeFence.js'
import type { Limits } from '../shared/limits.js'
import type { Gauges } from '../shared/metrics.js'
import type { RealtimeServer } from '../socketio/connection.js'
import type { Store } from '../store/store.js'
import type { Rooms } from './composeRooms.js'

/** The bus is deaf after so long without its own ping, which comes each second. */
const DEAF_MS = 2_500

/** What is looked up for metrics. */
export interface GaugesDeps {
  io: RealtimeServer
  live: Pick<LiveSessions, 'ids'>
  rooms: Pick<Rooms, 'count'>
  store: Store
  fence: StoreFence
  limits: Limits
}

/** What is looked up for metrics, each time that somebody asks. */
export function gaugesOf({ io, live, rooms, store, fence, limits }: GaugesDeps): Gauges {
  const { leadership } = store
  const bus = () => store.bus?.()
  return {
    connections: () => io.sockets.sockets.size,
    sessions: () => live.ids().length,
    rooms: rooms.count,
    pendingCommits: () => store.pendingCommits,
    storeBytes: () => store.bytes,
    maxStoreBytes: () => limits.maxStoreBytes,
    walBytes: store.walBytes,
    storeUp: () => Number(fence.isAnswered),
    storeSilentSeconds: () => fence.silentMs / 1_000,
    fenced: () => Number(fence.isUp),
    leader: () => Number(leadership.leads()),
    busUp: () => Number(isUp(bus())),
    busHeardAgoSeconds: () => (bus()?.heardAgoMs ?? 0) / 1_000,
    hintsSent: () => (bus()?.sentByNotify ?? 0) + (bus()?.sentByRedis ?? 0),
    hintsHeard: () => bus()?.heard ?? 0,
  }
}

/** Whether a process hears of what others write; it looks into a file for itself. */
function isUp(bus: ReturnType<NonNullable<Store['bus']>> | undefined): boolean {
  return !bus || (bus.notify && bus.heardAgoMs <= DEAF_MS)
}
