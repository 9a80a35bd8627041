import type { Credentials, SessionSummary } from '@yektayar/protocol'
import type { Unsubscribe } from '../shared/emitter.js'
import type { CallOptions } from '../shared/options.js'

/**
 * `none` so far, one is being acquired, one is in use, it is getting a new token, or it is over:
 * ended, or refused by the server for good.
 */
export type SessionState = 'none' | 'acquiring' | 'active' | 'renewing' | 'ended'

/**
 * A client's session, as an app sees it; the token is not in it. Of its methods, those that change
 * the session throw `invalid_options` where the token is the app's own: so is its life then.
 */
export interface ClientSession {
  readonly state: SessionState
  /** When the session ends, in ISO 8601; `null` while there is none, or for a token of the app's own. */
  readonly expiresAt: string | null
  /** Who is signed in; `null` for nobody, and until the server has told. */
  readonly userId: string | null
  readonly isLoggedIn: boolean

  /** Listens to every change. */
  onChange(this: void, listener: (session: ClientSession) => void): Unsubscribe

  /**
   * Signs in: another session begins, with which the live connection goes on. What is queued in the
   * outbox of somebody anonymous goes along; what another user has queued fails.
   *
   * @throws {YektaYarError} `unauthorized` for wrong credentials, `rate_limited`, and as every request
   */
  signIn(this: void, credentials: Credentials, options?: CallOptions): Promise<void>

  /**
   * Signs out: an anonymous session begins, with which the live connection goes on. What is queued
   * fails before that. When the server cannot be told, this throws, but here and in the other tabs
   * the session is over all the same.
   *
   * @throws {YektaYarError} as every request
   */
  signOut(this: void, options?: CallOptions): Promise<void>

  /**
   * Gives the session a new token and a later end, over the connection. The client does so by
   * itself in time.
   *
   * @throws {YektaYarError} as every call
   */
  renew(this: void, options?: CallOptions): Promise<void>

  /**
   * The sessions of the same user, the most recently used first; one while nobody is signed in.
   *
   * @throws {YektaYarError} as every request
   */
  list(this: void, options?: CallOptions): Promise<SessionSummary[]>

  /**
   * Ends this session and its connections, or with an id of `list()` another one of the same user.
   *
   * @throws {YektaYarError} `not_found`, and as every request
   */
  end(this: void, id?: string, options?: CallOptions): Promise<void>
}
