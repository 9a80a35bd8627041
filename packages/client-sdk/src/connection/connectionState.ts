import type { ErrorCode } from '@yektayar/protocol'
import { Emitter } from '../shared/emitter.js'
import type { Unsubscribe } from '../shared/emitter.js'
import { followState } from '../shared/readableState.js'
import type { YektaYarError } from '../shared/yektaYarError.js'
import type { ConnectionStatus } from './connectionStatus.js'

/** The state of a connection at one moment; frozen. */
export interface ConnectionSnapshot {
  readonly status: ConnectionStatus
  /** The code of `error`. */
  readonly reason: ErrorCode | null
  /**
   * Why the last connection or attempt ended, or why the one under way does not get on, with its
   * `hint` and `cause`; `null` while connected and before anything failed.
   */
  readonly error: YektaYarError | null
  /** Number of the attempt under way or just failed, from 1; 0 while idle and connected. */
  readonly attempt: number
  /** When the next attempt starts, in milliseconds since 1970; `null` if none is scheduled. */
  readonly nextRetryAt: number | null
  /** The newest measured round trip on this connection, in milliseconds. */
  readonly roundTripMs: number | null
  /** `websocket` or `polling` while connected. */
  readonly transport: string | null
  /** Socket.IO's id while connected. */
  readonly socketId: string | null
}

/** One change of the snapshot; `from` equals `to` when only other fields changed. */
export interface StatusChange {
  readonly from: ConnectionStatus
  readonly to: ConnectionStatus
  readonly reason: ErrorCode | null
  readonly snapshot: ConnectionSnapshot
}

const blank: ConnectionSnapshot = Object.freeze({
  status: 'idle',
  reason: null,
  error: null,
  attempt: 0,
  nextRetryAt: null,
  roundTripMs: null,
  transport: null,
  socketId: null,
})

/** Holds the snapshot. Listeners get every change in order. */
export class ConnectionState {
  readonly #emitter = new Emitter<StatusChange>()
  readonly #changes: StatusChange[] = []
  #snapshot = blank

  get snapshot(): ConnectionSnapshot {
    return this.#snapshot
  }

  get status(): ConnectionStatus {
    return this.#snapshot.status
  }

  onChange(listener: (change: StatusChange) => void): Unsubscribe {
    return this.#emitter.on('', listener)
  }

  /** Calls a listener with the current snapshot at once, and after each change. */
  follow(listener: (snapshot: ConnectionSnapshot) => void): Unsubscribe {
    const onChange = (look: (snapshot: ConnectionSnapshot) => void): Unsubscribe =>
      this.onChange(({ snapshot }) => {
        look(snapshot)
      })
    return followState(() => this.#snapshot, onChange, listener)
  }

  /**
   * Changes the snapshot and calls the listeners. With a status, all other fields are reset first.
   * Listeners run before this returns and may call anything, so the caller has to check afterwards
   * that its attempt is still the current one.
   */
  write(fields: Omit<Partial<ConnectionSnapshot>, 'reason'>): void {
    const from = this.status
    const { status: to = from } = fields
    const next = { ...(fields.status ? blank : this.#snapshot), ...fields }
    const reason = next.error?.code ?? null
    const snapshot = Object.freeze({ ...next, reason })
    this.#snapshot = snapshot
    const change = { from, to, reason, snapshot }
    // A change made by a listener waits its turn, so that no other listener sees it too early.
    if (this.#changes.push(change) > 1) return
    for (let next = this.#changes[0]; next; next = this.#changes[0]) {
      this.#emitter.emit('', next)
      this.#changes.shift()
    }
  }
}
