import type { ErrorCode, RoomResetReason } from '@yektayar/protocol'
import { reportListenerError } from './emitter.js'
import { afterThis, now } from './platform.js'
import { isYektaYarError } from './yektaYarError.js'

/**
 * One action of a client, for the option `onTrace`: names, sizes, numbers, codes and times. No
 * trace contains a payload, credentials, metadata, a token, a user's id, the name of a room, or the
 * text of an error.
 */
export type TraceEvent = { readonly [Type in keyof Traces]: Trace<Type> }[keyof Traces]

/** One type of trace. */
type Trace<Type extends keyof Traces = keyof Traces> = Readonly<Traces[Type]> & {
  readonly type: Type
  /** In milliseconds since 1970. */
  readonly at: number
}

/** The fields of each type of trace besides type and time. A `code` is `null` for success. */
interface Traces {
  /** An attempt to connect starts: it gets the address, then a session, and then connects. */
  attempt: { attempt: number; isOffline: boolean }
  /** Address and token are known, and the socket connects. */
  connecting: { origin: string; transports: readonly string[] }
  /**
   * The attempt failed at a step: getting the address from the app, getting a session or a token,
   * or connecting. `status` is the HTTP status that came instead of Socket.IO's answer, if known.
   */
  'attempt-failed': {
    attempt: number
    step: AttemptStep
    status: number | null
    code: ErrorCode
    durationMs: number
  }
  /** The server admitted the connection. The time is the duration of the attempt. */
  connected: { transport: string; durationMs: number }
  /** The connection was upgraded to another transport. */
  upgraded: { transport: string }
  /** A probe of the connection starts: an answer is overdue, or the page woke up. */
  probe: object
  /** The connection ended after this time. `reason` is Socket.IO's, or `null` if it gave none. */
  disconnected: { code: ErrorCode; reason: string | null; durationMs: number }
  /** The client waits before its next attempt. */
  retry: { code: ErrorCode; delayMs: number }
  /** No attempt follows: the app closed the connection, or with a code, the client stopped. */
  closed: { code: ErrorCode | null }
  /** A command waits for a connection. */
  wait: { call: number; name: string; bytes: number }
  /** A command was sent. `call` is its number in this client; `bytes` counts name and input. */
  send: { call: number; name: string; bytes: number }
  /** A command ended, with the time since it was sent or, if it was not sent, since it waited. */
  answer: {
    call: number
    name: string
    code: ErrorCode | null
    mayHaveRun: boolean
    /** Under which the server's log knows it; `undefined` for one that was not sent. */
    requestId: string | undefined
    durationMs: number
  }
  /** An event from the server arrived. */
  event: { name: string }
  /** A command got a number in the outbox. `bytes` is its share of a packet. */
  'outbox-queued': { n: number; name: string; bytes: number }
  /** Commands are about to be sent together: the `send` of `outbox:deliver` follows. */
  'outbox-deliver': { count: number; first: number; last: number }
  /** The outbox waits before it sends again, from the oldest. */
  'outbox-retry': { delayMs: number }
  /** A command of the outbox was delivered, or with a code, given up. */
  'outbox-settled': { n: number; name: string; code: ErrorCode | null }
  /** The storage of the outbox changed; nothing is sent while it is `opening`. */
  'outbox-storage': { storage: 'memory' | 'opening' | 'indexeddb' | 'failed' }
  /** A request about the session ended. `status` is the HTTP status, `null` without an answer. */
  request: {
    request: string
    status: number | null
    code: ErrorCode | null
    durationMs: number
  }
  /** The session has changed. */
  session: {
    state: 'none' | 'acquiring' | 'active' | 'renewing' | 'ended'
    isLoggedIn: boolean
    expiresAt: string | null
  }
  /** The renewal of the session was scheduled, after this time. */
  renewal: { delayMs: number }
  /** A room changed its state. `room` is its number, in the order of joins. */
  room: { room: number; state: 'left' | 'joining' | 'joined'; code: ErrorCode | null }
  /** A room was joined: nothing was missed, missed messages were replayed, or there is a reset. */
  'room-joined': { room: number } & (
    | { kind: 'continuous' }
    | { kind: 'replayed'; count: number }
    | { kind: 'reset'; reason: RoomResetReason }
  )
  /** Messages of a room are missing, and a page of them is requested. */
  'room-gap': { room: number; missing: number }
}

/** The steps of an attempt to connect, in order. */
export type AttemptStep = 'address' | 'session' | 'connection'

/** Sends traces to the app. Absent without a listener, so that no trace is created in vain. */
export type Tracer = (
  trace: { [Type in keyof Traces]: Readonly<Traces[Type]> & { type: Type } }[keyof Traces],
) => void

/** A tracer for the app's listener, which is called after the running code. */
export function createTracer(
  onTrace: ((trace: TraceEvent) => void) | undefined,
): Tracer | undefined {
  return (
    onTrace &&
    ((fields) => {
      const trace = Object.freeze({ at: Date.now(), ...fields })
      afterThis(() => {
        try {
          onTrace(trace)
        } catch (error) {
          reportListenerError(error)
        }
      })
    })
  )
}

/** The code of a failure; `internal_error` for errors of the app's own code. */
export function codeOf(error: unknown): ErrorCode {
  return isYektaYarError(error) ? error.code : 'internal_error'
}

/** Milliseconds since a value of `now()`. */
export function elapsedMs(since: number): number {
  return Math.round((now() - since) * 100) / 100
}
