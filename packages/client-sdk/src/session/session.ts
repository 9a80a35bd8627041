import {
  SESSION_LIST_PATH,
  SESSION_PATH,
  SESSION_SIGN_IN_PATH,
  SESSION_SIGN_OUT_PATH,
} from '@yektayar/protocol'
import type { Credentials, SessionSummary } from '@yektayar/protocol'
import type { Unsubscribe } from '../shared/emitter.js'
import { copyFields } from '../shared/copyInput.js'
import { parseToken } from '../shared/checkOptions.js'
import type { CallOptions, ResolvedOptions, TokenSource } from '../shared/options.js'
import { startDeadline } from '../shared/deadline.js'
import { SUCCESSOR_WAIT_MS } from '../shared/limits.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { resolveSource } from '../shared/resolveSource.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { SessionSnapshot, SessionState } from './clientSession.js'
import type { TabNews } from './crossTab.js'
import { lookUntil } from './lookUntil.js'
import { requireType } from '../shared/requireType.js'
import type { SessionRequest } from './sessionApi.js'
import { sessionFacade } from './sessionFacade.js'
import { SessionProvider } from './sessionProvider.js'
import { SessionRenewal } from './sessionRenewal.js'
import { SessionRequests } from './sessionRequests.js'
import type { SessionDeps } from './sessionRequests.js'
import { CurrentSession } from './sessionState.js'
import { parseSession } from './storedSession.js'

/** Manages a client's session: finds a token for each attempt, renews it, signs in and out. */
export class Session {
  /** The object that an app gets. */
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

  get id(): string | null {
    return this.#current.id
  }

  get userId(): string | null {
    return this.#current.userId
  }

  /** The user and the member names of this client, as far as they are known. */
  get identity(): Pick<CurrentSession, 'names' | 'user'> {
    return this.#current
  }

  /** Whether a token was rejected and none has been accepted since. */
  get isReplacing(): boolean {
    return this.#provider.isReplacing
  }

  getSnapshot(): SessionSnapshot {
    return this.#current.snapshot
  }

  /** Listens to every change, also of the token. */
  onChange(listener: () => void): Unsubscribe {
    return this.#current.onChange(listener)
  }

  /** Listens to the end of an active session. A sign-in does not count as an end. */
  onOver(listener: (next: SessionState) => void): Unsubscribe {
    return this.#current.onOver(listener)
  }

  async signIn(credentials: Credentials, options?: CallOptions): Promise<void> {
    const body = copyFields('signIn', credentials) // it is taken apart later, which leaves nothing of a Map
    await this.#rotate({ path: SESSION_SIGN_IN_PATH, body }, options)
    this.#deps.resume()
  }

  async signOut(options?: CallOptions): Promise<void> {
    try {
      await this.#rotate({ path: SESSION_SIGN_OUT_PATH }, options)
    } catch (error) {
      const { stored, origin } = this.#current
      if (stored && !(await this.#isReplacedElsewhere(error))) {
        void this.#provider.wipe(origin, 'wiped')
        this.#drop('signed out, but the server was not told')
      }
      throw error
    }
  }

  renew(options: CallOptions = {}): Promise<void> {
    return this.#renewal.renew(options)
  }

  list(options?: CallOptions): Promise<SessionSummary[]> {
    const answer = this.#requests.request({ method: 'GET', path: SESSION_LIST_PATH }, options)
    return answer as Promise<SessionSummary[]> // from a server with the same contract
  }

  async end(id?: string, options?: CallOptions): Promise<void> {
    if (id !== undefined) {
      requireType('string', 'end: the id', id)
      const path = `${SESSION_PATH}/${encodeURIComponent(id)}`
      await this.#requests.request({ method: 'DELETE', path }, options)
      return
    }
    this.#isEnding = true // `session:ended` may arrive before the answer
    try {
      await this.#requests.request({ method: 'DELETE', path: SESSION_PATH }, options)
      void this.#provider.wipe(this.#current.origin)
      this.#drop('ended by end()')
    } finally {
      this.#isEnding = false
    }
  }

  /**
   * The token for the next attempt. Attempts run one after the other, so at most one acquire is in
   * flight. After the signal aborts, a late result has no effect.
   *
   * @throws {YektaYarError} when there is no token; not retryable if another try cannot help
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

  /** Ends the search for a token, whether or not one was found. */
  settle(): void {
    this.#provider.settle()
  }

  /** Call when the server has admitted the token. */
  accepted(): void {
    this.#provider.accepted()
    this.#renewal.start()
  }

  /** Call when the connection has ended; nothing can be renewed without it. */
  left(): void {
    this.#renewal.pause()
  }

  /** Call when no attempt follows; stops listening to other tabs. */
  close(): void {
    this.left()
    this.#provider.close()
  }

  /**
   * Whether the storage has another token than the one of the connection. Checks once, or with a
   * signal, until it aborts.
   */
  hasSuccessor(signal?: AbortSignal): Promise<boolean> {
    const find = async (): Promise<boolean> => {
      const { token } = (await this.#provider.find(this.#current.origin)) ?? {}
      return token !== undefined && token !== this.#current.usedToken
    }
    const isOver = (): boolean => signal?.aborted !== false && !this.#requests.isChangingUser
    return lookUntil(find, isOver, (go) => this.#current.onChange(go))
  }

  /** Call when the server has rejected the token. Returns whether to try another one. */
  replace(own: TokenSource | undefined): boolean {
    if (own !== undefined || this.#isEnding) return false
    if (this.#current.stored && this.#current.stored.token !== this.#current.usedToken) return true // a newer one
    if (!this.#options.replaceSession) return false
    const isFirst = this.#provider.rejected()
    this.#current.use('none', undefined)
    return isFirst
  }

  /** Call when the server has refused the session for good. */
  refuse(): void {
    this.#provider.accepted()
    void this.#provider.wipe(this.#current.origin)
    this.#current.use('ended', undefined)
  }

  /** Takes the server's time, in ISO 8601. */
  synchronize(timestamp: string): void {
    this.#renewal.synchronize(timestamp)
  }

  /** Takes the user that is signed in on the connection, and the session, from the server. */
  identify(userId: string | null, id: string): void {
    if (userId === this.userId) {
      this.#current.learn(id)
      return
    }
    const { stored: before } = this.#current
    const stored = before && parseSession({ ...before, userId, id }) // it is another session
    this.#current.use(this.state, stored, userId, id)
    if (stored) this.#provider.update()
  }

  /**
   * Call when the user of the connection has changed. If another client did it, this client's token
   * is invalid, but its connection continues.
   */
  changed(payload: unknown): void {
    const { userId, sessionId } = propertiesOf(payload)
    if (typeof sessionId !== 'string' || (userId !== null && typeof userId !== 'string')) return
    // First, so that requests by listeners of the change wait for the new token.
    if (userId !== this.userId && this.#current.stored) this.#renewal.renewOrRetry()
    this.identify(userId, sessionId)
  }

  /** Handles a message of another tab about the shared session. */
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

  /** Whether another tab has changed the session at the same time, and has stored its new token. */
  async #isReplacedElsewhere(error: unknown): Promise<boolean> {
    if (propertiesOf(error).code !== 'token_invalid') return false
    const wait = startDeadline(SUCCESSOR_WAIT_MS)
    const isReplaced = await this.hasSuccessor(wait.signal)
    wait.end()
    return isReplaced
  }

  #drop(why: string): void {
    this.#current.use('ended', undefined)
    this.#deps.stop(new YektaYarError('session_ended', `The session has ended: ${why}`))
  }
}
