import type { LimitName, Limits } from '../shared/limits.js'
import { timerMs } from '../shared/timerMs.js'
import type { Connection } from '../socketio/connection.js'
import { currentTurn } from '../socketio/eventLoopTurn.js'
import { flowOf } from '../socketio/flow.js'
import type { Flow } from '../socketio/flow.js'
import { cutConnection, resetTcp } from '../socketio/resetConnection.js'
import type { Transports } from '../socketio/transportEvents.js'
import { Progress } from './progress.js'
import { trackFlows } from './trackFlows.js'

/** How often a connection is inspected within `unreadTimeoutMs`. */
const LOOKS = 10

/** `maxUnsentBytes` applies after this many inspections and this much time without progress. */
const SHORT_LOOKS = 2
const SHORT_MS = 1_000

/** A connection is slow when its mark (a ping) is unanswered after this many inspections. */
const SLOW_LOOKS = 2

/** A peer that has not answered its first mark after this many inspections answers none. */
const MUTE_LOOKS = 5

/** A connection with this many `maxUnsentBytes` queued from earlier turns is reset at once. */
const CEILING = 4

/** What `guardUnread()` needs. */
export interface UnreadGuardDeps {
  transports: Transports
  limits: Limits
  /** Called before a connection is cut, with the limit and the bytes queued for it. */
  onRefused(this: void, limit: LimitName, unsentBytes: number): void
}

type Conn = Connection['conn']

/** The guard against slow consumers. */
export interface UnreadGuard {
  /** Takes the pong of a peer. Returns whether it answers a ping of this guard. */
  pong(this: void, conn: Conn, payload: Buffer): boolean
  /** Stops the timer. */
  close(this: void): void
}

/**
 * Resets slow consumers: connections whose peer makes no progress, or for which too many bytes are
 * queued. Bytes queued in the current turn of the event loop do not count, only those that are still
 * there later. Packets from the peer, such as heartbeat pongs, are no progress in reading.
 */
export function guardUnread(deps: UnreadGuardDeps): UnreadGuard {
  const { transports, limits, onRefused } = deps
  const ceiling = CEILING * limits.maxUnsentBytes
  const lookMs = limits.unreadTimeoutMs / LOOKS
  const progress = new Progress()

  // Bounds the memory even if the peer reads steadily.
  const { answers, bounds, pong } = trackFlows(transports, limits, (conn, flow) => {
    const turn = currentTurn()
    if (flow.piledIn === turn) return
    const isFirst = flow.piledIn === -1
    flow.piledIn = turn
    if (!isFirst && heldFor(conn, flow) > ceiling) cut(conn, 'maxUnsentBytes')
  })
  transports.watch({
    closed(conn) {
      if (!answers.has(conn)) progress.forget(conn)
    },
  })

  /** Bytes queued in this process for a peer. */
  function heldFor(conn: Conn, flow: Flow): number {
    let bytes = flow.unsent
    for (const answer of answers.get(conn) ?? []) bytes += answer.writableLength
    return bytes
  }

  function look(): void {
    bounds.looks++
    for (const conn of transports.open) inspect(conn)
    // The last answer to a poll may still be in flight after its connection has closed.
    for (const conn of answers.keys()) if (!transports.open.has(conn)) inspect(conn)
  }

  function inspect(conn: Conn): void {
    const flow = flowOf(conn)
    if (!flow) return
    if (flow.isIdle) {
      progress.forget(conn)
      return
    }
    const { isDrained, age } = flow
    if (isDrained) flow.settle()
    else if (age >= SLOW_LOOKS) flow.isSlow = true
    if (!flow.hasAnswered && age >= MUTE_LOOKS && conn.transport.name === 'websocket') {
      flow.isMute = true
    }
    const unsent = heldFor(conn, flow)
    if (unsent === 0 && !answers.has(conn) && (isDrained || !flow.hasAnswered)) {
      progress.forget(conn)
      return
    }
    const reading = { conn, flow, unsent, answers: answers.get(conn) }
    const { looks, extraMs } = progress.look(reading)
    const ms = looks * lookMs
    if (ms >= limits.unreadTimeoutMs + extraMs) cut(conn, 'unreadTimeoutMs')
    else if (unsent > limits.maxUnsentBytes && looks >= SHORT_LOOKS && ms >= SHORT_MS) {
      cut(conn, 'maxUnsentBytes')
    }
  }

  function cut(conn: Conn, limit: LimitName): void {
    const flow = flowOf(conn)
    onRefused(limit, flow ? heldFor(conn, flow) : 0)
    const tcps = [...(answers.get(conn) ?? [])].map(({ socket }) => socket)
    progress.forget(conn)
    cutConnection(conn)
    for (const tcp of tcps) if (tcp) resetTcp(tcp)
  }

  const timer = setInterval(look, timerMs(lookMs))
  timer.unref()
  return {
    pong,
    close: () => {
      clearInterval(timer)
    },
  }
}
