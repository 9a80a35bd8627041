import type { ServerResponse } from 'node:http'
import type { Limits } from '../shared/limits.js'
import type { Connection } from '../socketio/connection.js'
import {
  heartbeatTimerOf,
  isWritable,
  onReady,
  pollOf,
  sharedFrameOf,
} from '../socketio/engineInternals.js'
import { flowOf, startFlow } from '../socketio/flow.js'
import type { Flow, FlowBounds } from '../socketio/flow.js'
import { directFrames, pollAccounts, works } from '../socketio/privateFeatures.js'
import type { Packet, Transports } from '../socketio/transportEvents.js'

type Conn = Connection['conn']

/** A burst may make the backlog of a room's member this many times as large as the slow limit. */
const BURST = 4

/** What each connection was sent and has read. */
export interface Flows {
  readonly bounds: FlowBounds
  /** Answers to polls that are not sent completely, by connection. */
  readonly answers: ReadonlyMap<Conn, ReadonlySet<ServerResponse>>
  /** Takes the pong of a peer. Returns whether it answers a mark of its flow. */
  pong(this: void, conn: Conn, payload: Buffer): boolean
}

/**
 * Keeps a flow for every connection, which `flowOf()` returns.
 *
 * @param onPiled called with each packet that waits behind more than `maxUnsentBytes`
 */
export function trackFlows(
  { watch }: Transports,
  { maxUnreadBytes, maxUnsentBytes }: Limits,
  onPiled: (conn: Conn, flow: Flow) => void,
): Flows {
  const bounds: FlowBounds = {
    slowBytes: maxUnreadBytes,
    burstBytes: BURST * maxUnreadBytes,
    looks: 0,
  }
  const answers = new Map<Conn, Set<ServerResponse>>()

  function onPacketCreate(this: Conn, packet: Packet): void {
    const flow = flowOf(this)
    if (!flow || isFree(this)) return // counted when it is written
    const made = sharedFrameOf(packet)?.at(-1) // measured once per broadcast
    flow.waiting += made ? made.length : Buffer.byteLength(packet.data ?? '')
    if (flow.waiting > maxUnsentBytes) onPiled(this, flow)
  }
  function onUpgrade(this: Conn): void {
    const flow = flowOf(this)
    if (!flow) return
    flow.isBlind = isBlind(this)
    flow.restart()
  }
  function onPoll(this: Conn): void {
    if (isWritable(this)) flowOf(this)?.took() // otherwise `sending` counts it
  }
  function holdAnswer(conn: Conn, answer: ServerResponse): void {
    const held = answers.get(conn) ?? new Set()
    answers.set(conn, held.add(answer))
    answer.once('close', () => {
      held.delete(answer)
      if (held.size === 0) answers.delete(conn)
    })
  }
  watch({
    opened(conn) {
      const flow = startFlow(conn, bounds)
      flow.isBlind = isBlind(conn)
      conn.on('packetCreate', onPacketCreate)
      if (conn.transport.name === 'websocket') return
      onReady(conn, onPoll.bind(conn))
      conn.on('upgrade', onUpgrade)
    },
    sending(conn) {
      const flow = flowOf(conn)
      if (!flow) return
      const answer = pollOf(conn)
      if (answer) {
        flow.took() // the client polls again when it has read the last answer
        flow.sent += flow.waiting
        flow.answeredPollAt = bounds.looks
        holdAnswer(conn, answer)
      } else if (flow.isBlind) {
        flow.took() // the transport is writable, so it has passed on everything before
        flow.sent += flow.waiting
      }
      flow.waiting = 0
      flow.piledIn = -1
    },
    closed(conn) {
      const flow = flowOf(conn)
      if (flow) flow.waiting = 0
    },
  })
  return {
    bounds,
    answers,
    pong(conn, payload) {
      const isMark = flowOf(conn)?.answered(payload) ?? false
      // A peer that reads is alive, even if its heartbeat is still queued behind unread packets.
      if (isMark && conn.readyState === 'open') heartbeatTimerOf(conn)?.refresh()
      return isMark
    },
  }
}

/** Whether it cannot be observed what the peer of a connection has read. */
function isBlind(conn: Conn): boolean {
  return !works(conn.transport.name === 'websocket' ? directFrames : pollAccounts, conn)
}

/** Whether the WebSocket has no backpressure, so that the next packet is written at once. */
function isFree(conn: Conn): boolean {
  return isWritable(conn) && conn.transport.name === 'websocket'
}
