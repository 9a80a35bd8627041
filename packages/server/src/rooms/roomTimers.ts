import type { FastifyBaseLogger } from 'fastify'
import type { Limits } from '../shared/limits.js'
import { timerMs } from '../shared/timerMs.js'
import type { RealtimeServer } from '../socketio/connection.js'
import type { RoomFeeds } from './feeds.js'
import { HeadSchedule } from './headSchedule.js'
import { isBehind } from './missedNews.js'
import type { RoomPresences } from './presence.js'
import type { RoomHead } from '../store/store.js'

/** What the clock of the rooms drives. */
export interface RoomClockOptions {
  io: RealtimeServer
  feeds: RoomFeeds
  presence: RoomPresences
  /** Whether this process knows too little of the others to send anything. */
  isStale(this: void): boolean
  limits: Limits
  log: FastifyBaseLogger
}

/** Does what rooms need from time to time; returns the function that stops it. */
export function startRoomClock(options: RoomClockOptions): () => void {
  const { io, feeds, presence, isStale, limits, log } = options
  const schedule = new HeadSchedule()

  const announceHeads = async (): Promise<void> => {
    if (feeds.rooms().length > 0) sendHeads(io, schedule.next(await feeds.look()))
  }
  const beat = async (): Promise<void> => {
    await presence.beat()
    await presence.look()
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
    every(limits.nodeHeartbeatMs, 'giving a sign of life', beat),
  ]
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}

/** Tells every connection how long the logs of its rooms are, so that a lost last message is noticed. */
function sendHeads(io: RealtimeServer, heads: readonly RoomHead[]): void {
  if (heads.length === 0) return
  const byRoom = new Map(heads.map((head) => [head.room, head]))
  for (const connection of io.sockets.sockets.values()) {
    if (isBehind(connection)) continue // what it missed it hears of once it has read
    const own = [...(connection.data.rooms?.keys() ?? [])].map((room) => byRoom.get(room))
    const known = own.filter((head) => head !== undefined)
    if (known.length > 0) connection.volatile.emit('room:head', { heads: known })
  }
}
