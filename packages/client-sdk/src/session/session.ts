import {
  SESSION_LIST_PATH,
  SESSION_PATH,
  SESSION_SIGN_IN_PATH,
  SESSION_SIGN_OUT_PATH,
} from '@yektayar/protocol'
import type { Credentials, SessionChanged, SessionSummary } from '@yektayar/protocol'
import type { Unsubscribe } from '../shared/emitter.js'
import { markHandled } from '../shared/markHandled.js'
import { parseToken } from '../shared/options.js'
import type { CallOptions, ResolvedOptions, TokenSource } from '../shared/options.js'
import { resolveSource } from '../shared/resolveSource.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { ClientSession, SessionState } from './clientSession.js'
import type { TabNews } from './crossTab.js'
import { lookUntil } from './lookUntil.js'
import type { SessionRequest } from './sessionApi.js'
import { sessionFacade } from './sessionFacade.js'
import { SessionProvider } from './sessionProvider.js'
import { SessionRenewal } from './sessionRenewal.js'
import { SessionRequests } from './sessionRequests.js'
import type { SessionDeps } from './sessionRequests.js'
import { CurrentSession } from './sessionState.js'

/** Looks after a client's session: finds a token for each attempt, renews it, signs in and out. */
export class Session implements ClientSession {
  /** What an app gets of it. */
  readonly facade = sessionFacade(this)
  readonly #options: ResolvedOptions
  readonly #deps: SessionDeps
  readonly #current: CurrentSession
  readonly #provider: SessionProvider
  readonly #requests: SessionRequests
  readonly #renewal: SessionRenewal
  #isEnding = false

  constructor(options: ResolvedOptions, deps: SessionDeps) {
    this.#options = options
    this.#deps = deps
    this.#current = new CurrentSession(options.trace)
    this.#provider = new SessionProvider(options, this.#current)
    this.#requests = new SessionRequests(options, deps, this.#provider)
    this.#renewal = new SessionRenewal(options, deps, this.#current, this.#provider, this.#requests)
  }

  get state(): SessionState {
    return this.#current.state
  }

  get expiresAt(): string | null {
    return this.#current.stored?.expiresAt ?? null
  }

  get userId(): string | null {
    return this.#current.userId
  }

  /** Who this is, as far as it is known. */
  get identity(): Pick<CurrentSession, 'names' | 'user'> {
    return this.#current
  }

  get isLoggedIn(): boolean {
    return this.userId !== null
  }

  /** Whether a token was rejected, and none was accepted since. */
  get isReplacing(): boolean {
    return this.#provider.isReplacing
  }

  onChange(listener: (session: ClientSession) => void): Unsubscribe {
    return this.#current.onChange(() => {
      listener(this)
    })
  }

  /** Listens to the end of a session that was in use; a sign-in is none. */
  onOver(listener: (next: SessionState) => void): Unsubscribe {
    return this.#current.onOver(listener)
  }

  signIn(credentials: Credentials, options?: CallOptions): Promise<void> {
    return markHandled(this.#rotate({ path: SESSION_SIGN_IN_PATH, body: credentials }, options))
  }

  signOut(options?: CallOptions): Promise<void> {
    return markHandled(this.#signOut(options))
  }

  renew(options: CallOptions = {}): Promise<void> {
    return markHandled(this.#renewal.renew(options))
  }

  list(options?: CallOptions): Promise<SessionSummary[]> {
    const answer = this.#requests.request({ method: 'GET', path: SESSION_LIST_PATH }, options)
    return markHandled(answer as Promise<SessionSummary[]>) // of a server with the same contract
  }

  end(id?: string, options?: CallOptions): Promise<void> {
    if (id === undefined) return markHandled(this.#end(options))
    const path = `${SESSION_PATH}/${encodeURIComponent(id)}`
    return markHandled(
      this.#requests.request({ method: 'DELETE', path }, options).then(() => undefined),
    )
  }

  /**
   * The token for the next attempt. Attempts follow one another, so there is never more than one
   * acquire in flight. Once the signal aborts, whatever arrives changes nothing.
   *
   * @throws {YektaYarError} when there is none; not retryable when asking again cannot help
   */
  async token(origin: string, own: TokenSource | undefined, signal: AbortSignal): Promise<string> {
    if (own !== undefined) {
      const token = await resolveSource('token', own, parseToken)
      if (!signal.aborted) {
        this.#current.moveTo(origin)
        this.#current.use('active', undefined, this.userId)
      }
      return token
    }
    this.#current.moveTo(origin)
    this.#provider.listen(origin, (news) => void this.#hear(news))
    const session = await this.#provider.establish({ origin, signal })
    if (signal.aborted) return session.token
    this.#current.usedToken = session.token
    this.#current.use('active', session)
    return session.token
  }

  /** The search for a token is over, whether it was found or given up. */
  settle(): void {
    this.#provider.settle()
  }

  /** The server admitted the token. */
  accepted(): void {
    this.#provider.accepted()
    this.#renewal.start()
  }

  /** The connection is gone, and nothing can be renewed over it. */
  left(): void {
    this.#renewal.pause()
  }

  /** No attempt follows, so the other tabs are of no interest. */
  close(): void {
    this.left()
    this.#provider.close()
  }

  /**
   * Says whether there is another token than the connection's, which whoever has it puts into the
   * storage. Without a signal it looks once, else until that aborts.
   */
  hasSuccessor(signal?: AbortSignal): Promise<boolean> {
    const find = async (): Promise<boolean> => {
      const { token } = (await this.#provider.find(this.#current.origin)) ?? {}
      return token !== undefined && token !== this.#current.usedToken
    }
    const isOver = (): boolean => signal?.aborted !== false && !this.#requests.isChangingUser
    return lookUntil(find, isOver, (go) => this.#current.onChange(go))
  }

  /** The server rejected the token: says whether another one is worth a try, once in a row. */
  replace(own: TokenSource | undefined): boolean {
    if (own !== undefined || this.#isEnding) return false
    if (this.#current.stored && this.#current.stored.token !== this.#current.usedToken) return true // a newer one
    if (!this.#options.replaceSession) return false
    const isFirst = this.#provider.rejected()
    this.#current.use('none', undefined)
    return isFirst
  }

  /** The server refused the session for good. */
  refuse(): void {
    this.#provider.accepted()
    void this.#provider.wipe(this.#current.origin)
    this.#current.use('ended', undefined)
  }

  /** The server told its time, in ISO 8601. */
  synchronize(timestamp: string): void {
    this.#renewal.synchronize(timestamp)
  }

  /** The server told who is signed in on the connection. */
  identify(userId: string | null): void {
    if (userId === this.userId) return
    const stored = this.#current.stored && { ...this.#current.stored, userId }
    this.#current.use(this.state, stored, userId)
    if (stored) void this.#provider.keep(stored)
  }

  /** Somebody signed in or out: unless it was this client, its token is dead, but its connection lives. */
  changed({ userId }: SessionChanged): void {
    if (userId === this.userId) return
    // First, so that what listeners ask in answer to the change waits for the new token.
    if (this.#current.stored) this.#renewal.renewOrRetry()
    this.identify(userId)
  }

  /** Another tab has changed the session that it shares with this one. */
  async #hear(news: TabNews): Promise<void> {
    const { origin } = this.#current
    if (news === 'leaving') this.#current.leave()
    if (news === 'wiped' && this.#current.stored) this.#drop('signed out in another tab')
    if (news !== 'changed') return
    const known = await this.#provider.find(origin)
    if (known && this.state === 'active' && this.#current.origin === origin) {
      this.#renewal.use(known)
    }
  }

  #rotate(request: SessionRequest, options?: CallOptions): Promise<void> {
    return this.#requests.changeUser(request, options, (session, isConnected) => {
      if (isConnected) this.#current.usedToken = session.token
      this.#renewal.use(session)
    })
  }

  async #signOut(options?: CallOptions): Promise<void> {
    try {
      await this.#rotate({ path: SESSION_SIGN_OUT_PATH }, options)
    } catch (error) {
      const { stored, origin } = this.#current
      if (stored) {
        void this.#provider.wipe(origin, 'wiped')
        this.#drop('signed out, but the server was not told')
      }
      throw error
    }
  }

  async #end(options?: CallOptions): Promise<void> {
    this.#isEnding = true // the server's word of it may come before its answer
    try {
      await this.#requests.request({ method: 'DELETE', path: SESSION_PATH }, options)
      void this.#provider.wipe(this.#current.origin)
      this.#drop('ended by end()')
    } finally {
      this.#isEnding = false
    }
  }

  #drop(why: string): void {
    this.#current.use('ended', undefined)
    this.#deps.stop(new YektaYarError('session_ended', `The session is over: ${why}`))
  }
}
