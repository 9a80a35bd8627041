import type { ErrorCode, RoomResetReason } from '@yektayar/protocol'
import { reportListenerError } from './emitter.js'
import { afterThis, now } from './platform.js'
import { isYektaYarError } from './yektaYarError.js'

/**
 * One thing that a client did, for the option `onTrace`: names, sizes, numbers, codes and times. No
 * trace holds a payload, credentials, metadata, a token, a user's id, the name of a room, or the text
 * of an error.
 */
export type TraceEvent = { readonly [Type in keyof Traces]: Trace<Type> }[keyof Traces]

/** One type of trace. */
type Trace<Type extends keyof Traces = keyof Traces> = Readonly<Traces[Type]> & {
  readonly type: Type
  /** In milliseconds since 1970. */
  readonly at: number
}

/** What each type of trace tells, beside its type and time. A `code` is `null` where all went well. */
interface Traces {
  /** An attempt to connect begins: it finds the address, then a session, then it connects. */
  attempt: { attempt: number; isOffline: boolean }
  /** Address and token are known, and the socket connects. */
  connecting: { origin: string; transports: readonly string[] }
  /**
   * The attempt failed, and at which step: asking the app for the address, getting a session or a
   * token, or connecting. `status` is that of HTTP which came in place of Socket.IO's answer, where it is known.
   */
  'attempt-failed': {
    attempt: number
    step: AttemptStep
    status: number | null
    code: ErrorCode
    durationMs: number
  }
  /** The server admitted the connection; the time is that of the attempt. */
  connected: { transport: string; durationMs: number }
  /** The connection goes on over another transport. */
  upgraded: { transport: string }
  /** A call or delivery was not answered in time, or the page woke up: is the connection alive? */
  probe: object
  /** The connection is gone, after how long. `reason` is Socket.IO's, `null` where it gave none. */
  disconnected: { code: ErrorCode; reason: string | null; durationMs: number }
  /** The client waits before its next attempt. */
  retry: { code: ErrorCode; delayMs: number }
  /** No attempt follows: the app closed the connection, or with a code, it stopped. */
  closed: { code: ErrorCode | null }
  /** A command waits for a connection. */
  wait: { call: number; name: string; bytes: number }
  /** A command was sent; `call` numbers the commands of a client, `bytes` are of name and input. */
  send: { call: number; name: string; bytes: number }
  /** A command ended, after how long since it was sent, or has waited. It may have run if it says so. */
  answer: {
    call: number
    name: string
    code: ErrorCode | null
    mayHaveRun: boolean
    /** Under which the server's log knows it; `undefined` for one that was not sent. */
    requestId: string | undefined
    durationMs: number
  }
  /** An event of the server arrived. */
  event: { name: string }
  /** A command got its number in the outbox, or another one. `bytes` is its part of a packet. */
  'outbox-queued': { n: number; name: string; bytes: number }
  /** Commands are about to be sent together: the `send` of `outbox:deliver` follows. */
  'outbox-deliver': { count: number; first: number; last: number }
  /** The outbox waits before it sends again, from the oldest. */
  'outbox-retry': { delayMs: number }
  /** A command of the outbox was delivered, or with a code, given up. */
  'outbox-settled': { n: number; name: string; code: ErrorCode | null }
  /** Where the outbox keeps its items from now on; nothing is sent while that is `opening`. */
  'outbox-storage': { storage: 'memory' | 'opening' | 'indexeddb' | 'failed' }
  /** A request about the session ended. `status` is that of HTTP, `null` where no answer came. */
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
  /** The session is renewed after this time. */
  renewal: { delayMs: number }
  /** A room changed its state. `room` numbers the rooms of a client in the order of their joins. */
  room: { room: number; state: 'left' | 'joining' | 'joined'; code: ErrorCode | null }
  /** A room was joined: with nothing missed, with so many missed messages replayed, or with a reset. */
  'room-joined': { room: number } & (
    | { kind: 'continuous' }
    | { kind: 'replayed'; count: number }
    | { kind: 'reset'; reason: RoomResetReason }
  )
  /** Messages of a room are missing, and a page of them is asked for. */
  'room-gap': { room: number; missing: number }
}

/** What an attempt to connect does, one after the other. */
export type AttemptStep = 'address' | 'session' | 'connection'

/** Tells the app what the client does; absent where nobody listens, so that nothing is made for it. */
export type Tracer = (
  trace: { [Type in keyof Traces]: Readonly<Traces[Type]> & { type: Type } }[keyof Traces],
) => void

/** A tracer for the app's listener, which is called once the running code is done. */
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

/** The code of a failure; what an app's own code throws has none. */
export function codeOf(error: unknown): ErrorCode {
  return isYektaYarError(error) ? error.code : 'internal_error'
}

/** Milliseconds since a value of `now()`. */
export function elapsedMs(since: number): number {
  return Math.round((now() - since) * 100) / 100
}
