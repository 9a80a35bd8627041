import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../shared/limits.js'
import { timerMs } from '../shared/timerMs.js'
import type { RealtimeServer } from '../socketio/connection.js'
import type { RoomFeeds } from './feeds.js'
import { HeadSchedule } from './headSchedule.js'
import { isBehind } from './missedNews.js'
import type { RoomPresences } from './presence.js'
import type { RoomHead } from '../store/store.js'

/** What `startRoomClock()` needs. */
export interface RoomClockDeps {
  io: RealtimeServer
  feeds: RoomFeeds
  presence: RoomPresences
  /** Whether this process stood still and has not read the store again; it must not send then. */
  isStale(this: void): boolean
  limits: Limits
  log: FastifyBaseLogger
}

/** Starts the periodic work of rooms: heads and heartbeats. Returns a function that stops it. */
export function startRoomClock(deps: RoomClockDeps): () => void {
  const { io, feeds, presence, isStale, limits, log } = deps
  const schedule = new HeadSchedule()

  const announceHeads = async (): Promise<void> => {
    if (feeds.rooms().length === 0) return
    const heads = await feeds.look()
    if (!isStale()) sendHeads(io, schedule.next(heads))
  }
  const every = (intervalMs: number, what: string, work: () => Promise<void>): NodeJS.Timeout => {
    const timer = setInterval(() => {
      if (isStale()) return
      work().catch((error: unknown) => {
        log.debug({ err: error }, `${what} failed`)
      })
    }, timerMs(intervalMs))
    return timer.unref()
  }
  const timers = [
    every(limits.roomHeadIntervalMs, 'announcing the newest messages', announceHeads),
    every(limits.nodeHeartbeatMs, 'the heartbeat of this node', () => presence.beat()),
  ]
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}

/** Sends every connection the heads of its rooms, so that it notices a lost last message. */
function sendHeads(io: RealtimeServer, heads: readonly RoomHead[]): void {
  if (heads.length === 0) return
  const byRoom = new Map(heads.map((head) => [head.room, head]))
  for (const connection of io.sockets.sockets.values()) {
    if (isBehind(connection)) continue // it gets the heads once it has caught up
    const own = [...(connection.data.rooms?.keys() ?? [])].map((room) => byRoom.get(room))
    const known = own.filter((head) => head !== undefined)
    if (known.length > 0) connection.volatile.emit('room:head', { heads: known })
  }
}
