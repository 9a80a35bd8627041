import type { ServerErrorCode } from '@yektayar/protocol'
import type { LimitName } from './limits.js'

/** What the server counts. */
export interface Metrics {
  /**
   * A command was answered, or an item of an outbox settled: `repeated` if that was done before.
   *
   * @param command `undefined` for every unknown name
   * @param startedAt by `performance.now()`
   */
  answered(
    this: void,
    command: string | undefined,
    outcome: 'ok' | 'repeated' | ServerErrorCode,
    startedAt: number,
  ): void
  /** Counts a refusal by a limit. */
  refused(this: void, limit: LimitName): void
  /**
   * A transaction has ended.
   *
   * @param startedAt of `performance.now()`
   */
  committed(this: void, isCommitted: boolean, startedAt: number): void
  /** Messages were committed to rooms. */
  appended(this: void, count: number): void
  /** A handshake was refused. */
  connectionRefused(this: void, code: ConnectionRefusal): void
  /** An admitted connection has closed. */
  disconnected(this: void, reason: string): void
  /** A sign-in has failed. */
  signInFailed(this: void, code: ServerErrorCode): void
}

/** Why a handshake is refused: a code of ours, or the name of what Engine.IO did not like. */
export type ConnectionRefusal =
  | ServerErrorCode
  | 'unknown_transport'
  | 'unknown_sid'
  | 'bad_handshake_method'
  | 'bad_request'
  | 'unsupported_protocol_version'

/** What is looked up when somebody asks. */
export interface Gauges {
  /** Connections that are admitted. */
  connections(this: void): number
  /** Sessions that have such connections. */
  sessions(this: void): number
  /** Rooms that such connections are in. */
  rooms(this: void): number
  /** Writes that wait for the end of a transaction. */
  pendingCommits(this: void): number
  /** The size of the store, without what is free in its file. */
  storeBytes(this: void): number
  /** How large the store may become. */
  maxStoreBytes(this: void): number
  /** The size of its write-ahead log; 0 where it has none. */
  walBytes(this: void): Promise<number>
  /** 1 while the store answers, and 0 while it does not. */
  storeUp(this: void): number
  /** For how long the store has not answered. */
  storeSilentSeconds(this: void): number
  /** 1 while nothing is served, since the store is out of reach. */
  fenced(this: void): number
  /** 1 in the process that removes what is old; of a file, in each. */
  leader(this: void): number
  /** 1 while this process hears what others write. */
  busUp(this: void): number
  /** The time since it last heard something by the bus, such as its own ping. */
  busHeardAgoSeconds(this: void): number
  /** How often it has told others something by the bus. */
  hintsSent(this: void): number
  /** How often it has heard something of others by the bus. */
  hintsHeard(this: void): number
}

/** Counts nothing. */
export const noMetrics: Metrics = {
  answered: nothing,
  refused: nothing,
  committed: nothing,
  appended: nothing,
  connectionRefused: nothing,
  disconnected: nothing,
  signInFailed: nothing,
}

function nothing(): void {
  return undefined
}
