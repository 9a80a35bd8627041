import type { Credentials, SessionSummary } from '@yektayar/protocol'
import type { CallOptions } from '../shared/options.js'
import type { ReadableState } from '../shared/readableState.js'

/**
 * The state of a session: `none` yet, one is being acquired, one is `active`, it is getting a new
 * token, or it has `ended`, which includes a final refusal by the server.
 */
export type SessionState = 'none' | 'acquiring' | 'active' | 'renewing' | 'ended'

/** A session at one moment; frozen. */
export interface SessionSnapshot {
  readonly state: SessionState
  /** When the session expires, in ISO 8601; `null` for none, or with the app's own token. */
  readonly expiresAt: string | null
  /** The id of the session; `null` if there is none, or it is not known yet. It is no secret. */
  readonly id: string | null
  /** The id of the signed-in user; `null` if nobody is signed in, or it is not known yet. */
  readonly userId: string | null
  readonly isLoggedIn: boolean
}

/**
 * A client's session for apps; it does not expose the token. If the app provides the token itself,
 * methods that change the session throw `invalid_options`, since the app manages it then.
 */
export interface ClientSession extends SessionSnapshot, ReadableState<SessionSnapshot> {
  /**
   * Signs in. A new session replaces this one, and the open connection continues with it. Items
   * that an anonymous session has queued in the outbox are still sent; items of another user fail.
   *
   * @throws {YektaYarError} `unauthorized` for wrong credentials, `rate_limited`, and the codes of
   * every request
   */
  signIn(this: void, credentials: Credentials, options?: CallOptions): Promise<void>

  /**
   * Signs out. First, queued items fail. Then an anonymous session replaces this one, and the open
   * connection continues with it. If the server cannot be reached, this throws, but the session
   * ends nevertheless in this tab and all others.
   *
   * @throws {YektaYarError} the codes of every request
   */
  signOut(this: void, options?: CallOptions): Promise<void>

  /**
   * Gives the session a new token and a later expiry, over the connection. The client also does
   * this by itself in time.
   *
   * @throws {YektaYarError} the codes of every call
   */
  renew(this: void, options?: CallOptions): Promise<void>

  /**
   * The sessions of the same user, most recently used first; only this one if nobody is signed in.
   *
   * @throws {YektaYarError} the codes of every request
   */
  list(this: void, options?: CallOptions): Promise<SessionSummary[]>

  /**
   * Ends this session and its connections, or another session of the same user by its id.
   *
   * @throws {YektaYarError} `not_found`, and the codes of every request
   */
  end(this: void, id?: string, options?: CallOptions): Promise<void>
}
