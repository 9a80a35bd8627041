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

/** How many looks at a connection there are in `unreadTimeoutMs`. */
const LOOKS = 10

/** After a standstill of so many looks and so much time, `maxUnsentBytes` counts. */
const SHORT_LOOKS = 2
const SHORT_MS = 1_000

/** A mark that was sent so many looks ago is old: the connection is slow. */
const SLOW_LOOKS = 2

/** A peer that has not answered its first mark by then seems to answer none. */
const MUTE_LOOKS = 5

/** With so many `maxUnsentBytes` unsent from earlier turns, no connection takes more: it is reset. */
const CEILING = 4

/** What the guard needs. */
export interface UnreadGuardOptions {
  transports: Transports
  limits: Limits
  /** Told because of which limit a connection is about to be cut, and how much waits for it. */
  onRefused(this: void, limit: LimitName, unsentBytes: number): void
}

type Conn = Connection['conn']

/** The guard, which has one timer for all. */
export interface UnreadGuard {
  /** A peer has answered a ping; says whether the guard had asked. */
  pong(this: void, conn: Conn, payload: Buffer): boolean
  /** Stops the timer. */
  close(this: void): void
}

/**
 * Resets connections whose peer makes no progress, or for which too much waits. What one turn of the
 * event loop has produced never counts: only what is still there later. What a peer sends, such as
 * the pongs of heartbeats, is no progress either.
 */
export function guardUnread(options: UnreadGuardOptions): UnreadGuard {
  const { transports, limits, onRefused } = options
  const ceiling = CEILING * limits.maxUnsentBytes
  const lookMs = limits.unreadTimeoutMs / LOOKS
  const progress = new Progress()

  // Memory has a bound however steadily the peer reads.
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

  /** Bytes for a peer that this process holds. */
  function heldFor(conn: Conn, flow: Flow): number {
    let bytes = flow.unsent
    for (const answer of answers.get(conn) ?? []) bytes += answer.writableLength
    return bytes
  }

  function look(): void {
    bounds.looks++
    for (const conn of transports.open) inspect(conn)
    // A connection may be closed, and its last answer still be on the way.
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
