import {
  SESSION_LIST_PATH,
  SESSION_PATH,
  SESSION_SIGN_IN_PATH,
  SESSION_SIGN_OUT_PATH,
} from '@yektayar/protocol'
import type { Credentials, SessionChanged, SessionSummary } from '@yektayar/protocol'
import type { Unsubscribe } from '../shared/emitter.js'
import { handled } from '../shared/markHandled.js'
import { parseToken } from '../shared/options.js'
import type { CallOptions, ResolvedOptions, TokenSource } from '../shared/options.js'
import { readSource } from '../shared/resolveSource.js'
import { YektaYarError } from '../shared/yektaYarError.js'
import type { ClientSession, SessionState } from './clientSession.js'
import type { TabNews } from './crossTab.js'
import { lookUntil } from './lookUntil.js'
import { RenewalPlan } from './renewalSchedule.js'
import type { SessionRequest } from './sessionApi.js'
import { SessionSource } from './sessionProvider.js'
import type { Scene } from './sessionProvider.js'
import { sessionFacade } from './sessionFacade.js'
import { SessionAccess } from './sessionRequests.js'
import type { SessionLink } from './sessionRequests.js'
import { CurrentSession } from './sessionState.js'
import { sessionOf } from './storedSession.js'
import type { StoredSession } from './storedSession.js'

/** Looks after a client's session: finds a token for each attempt, renews it, signs in and out. */
export class Session implements ClientSession {
  /** What an app gets of it. */
  readonly facade = sessionFacade(this)
  readonly #options: ResolvedOptions
  readonly #link: SessionLink
  readonly #current: CurrentSession
  readonly #source: SessionSource
  readonly #access: SessionAccess
  readonly #renewal: RenewalPlan
  #isConnected = false
  #isEnding = false
  /** The newest token of the session that the connection belongs to. */
  #used = ''

  constructor(options: ResolvedOptions, link: SessionLink) {
    this.#options = options
    this.#link = link
    this.#current = new CurrentSession(options.trace)
    this.#source = new SessionSource(options, this.#current)
    this.#access = new SessionAccess(options, link, this.#source)
    this.#renewal = new RenewalPlan(options, () => {
      this.#renewOrRetry()
    })
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
    return this.#source.isReplacing
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
    return handled(this.#rotate({ path: SESSION_SIGN_IN_PATH, body: credentials }, options))
  }

  signOut(options?: CallOptions): Promise<void> {
    return handled(this.#signOut(options))
  }

  renew(options: CallOptions = {}): Promise<void> {
    const before = this.#current.stored?.token
    return handled(
      this.#access.change('renew', options, async (scene) => {
        if (this.#current.stored?.token !== before) return // it got a new one while this waited
        const session = await this.#source.obtain(scene)
        if (session.token === before) await this.#renewHere(scene, options)
        else this.#use(session) // another tab was first, or there was none
      }),
    )
  }

  list(options?: CallOptions): Promise<SessionSummary[]> {
    const answer = this.#access.request({ method: 'GET', path: SESSION_LIST_PATH }, options)
    return handled(answer as Promise<SessionSummary[]>) // of a server with the same contract
  }

  end(id?: string, options?: CallOptions): Promise<void> {
    if (id === undefined) return handled(this.#end(options))
    const path = `${SESSION_PATH}/${encodeURIComponent(id)}`
    return handled(this.#access.request({ method: 'DELETE', path }, options).then(() => undefined))
  }

  /**
   * The token for the next attempt. Attempts follow one another, so there is never more than one
   * acquire in flight. Once the signal aborts, whatever arrives changes nothing.
   *
   * @throws {YektaYarError} when there is none; not retryable when asking again cannot help
   */
  async token(origin: string, own: TokenSource | undefined, signal: AbortSignal): Promise<string> {
    if (own !== undefined) {
      const token = await readSource('token', own, parseToken)
      if (!signal.aborted) {
        this.#current.moveTo(origin)
        this.#current.use('active', undefined, this.userId)
      }
      return token
    }
    this.#current.moveTo(origin)
    this.#source.listen(origin, (news) => void this.#hear(news))
    const session = await this.#source.establish({ origin, signal })
    if (signal.aborted) return session.token
    this.#used = session.token
    this.#current.use('active', session)
    return session.token
  }

  /** The search for a token is over, whether it was found or given up. */
  settle(): void {
    this.#source.settle()
  }

  /** The server admitted the token. */
  accepted(): void {
    this.#source.accepted()
    this.#isConnected = true
  }

  /** The connection is gone, and nothing can be renewed over it. */
  left(): void {
    this.#isConnected = false
    this.#renewal.cancel()
  }

  /** No attempt follows, so the other tabs are of no interest. */
  close(): void {
    this.left()
    this.#source.close()
  }

  /**
   * Says whether there is another token than the connection's, which whoever has it puts into the
   * storage. Without a signal it looks once, else until that aborts.
   */
  hasSuccessor(signal?: AbortSignal): Promise<boolean> {
    const find = async (): Promise<boolean> => {
      const { token } = (await this.#source.find(this.#current.origin)) ?? {}
      return token !== undefined && token !== this.#used
    }
    const isOver = (): boolean => signal?.aborted !== false && !this.#access.isChangingUser
    return lookUntil(find, isOver, (go) => this.#current.onChange(go))
  }

  /** The server rejected the token: says whether another one is worth a try, once in a row. */
  replace(own: TokenSource | undefined): boolean {
    if (own !== undefined || this.#isEnding) return false
    if (this.#current.stored && this.#current.stored.token !== this.#used) return true // a newer one
    if (!this.#options.replaceSession) return false
    const isFirst = this.#source.rejected()
    this.#current.use('none', undefined)
    return isFirst
  }

  /** The server refused the session for good. */
  refuse(): void {
    this.#source.accepted()
    void this.#source.wipe(this.#current.origin)
    this.#current.use('ended', undefined)
  }

  /** The server told its time, in ISO 8601. */
  synchronize(timestamp: string): void {
    this.#renewal.synchronize(Date.parse(timestamp))
    this.#plan()
  }

  /** The server told who is signed in on the connection. */
  identify(userId: string | null): void {
    if (userId === this.userId) return
    const stored = this.#current.stored && { ...this.#current.stored, userId }
    this.#current.use(this.state, stored, userId)
    if (stored) void this.#source.keep(stored)
  }

  /** Somebody signed in or out: unless it was this client, its token is dead, but its connection lives. */
  changed({ userId }: SessionChanged): void {
    if (userId === this.userId) return
    // First, so that what listeners ask in answer to the change waits for the new token.
    if (this.#current.stored) this.#renewOrRetry()
    this.identify(userId)
  }

  /** Another tab has changed the session that it shares with this one. */
  async #hear(news: TabNews): Promise<void> {
    const { origin } = this.#current
    if (news === 'leaving') this.#current.leave()
    if (news === 'wiped' && this.#current.stored) this.#drop('signed out in another tab')
    if (news !== 'changed') return
    const known = await this.#source.find(origin)
    if (known && this.state === 'active' && this.#current.origin === origin) this.#use(known)
  }

  async #renewHere(scene: Scene, options: CallOptions): Promise<void> {
    this.#current.use('renewing', this.#current.stored)
    try {
      const renewed = this.#options.acquire
        ? await this.#source.acquire('expiring', scene)
        : sessionOf('session:renew', await this.#link.renew(options))
      const { id } = this.#current.stored ?? {}
      const session = { ...(id && { id }), ...renewed, userId: renewed.userId ?? this.userId }
      await this.#source.keep(session)
      if (scene.signal.aborted) return
      if (!this.#options.acquire) this.#used = session.token
      this.#use(session)
    } finally {
      if (this.state === 'renewing') this.#current.use('active', this.#current.stored)
    }
  }

  #renewOrRetry(): void {
    this.renew().catch(() => {
      if (this.#isConnected) this.#renewal.retry()
    })
  }

  #rotate(request: SessionRequest, options?: CallOptions): Promise<void> {
    return this.#access.changeUser(request, options, (session, isConnected) => {
      if (isConnected) this.#used = session.token
      this.#use(session)
    })
  }

  async #signOut(options?: CallOptions): Promise<void> {
    try {
      await this.#rotate({ path: SESSION_SIGN_OUT_PATH }, options)
    } catch (error) {
      const { stored, origin } = this.#current
      if (stored) {
        void this.#source.wipe(origin, 'wiped')
        this.#drop('signed out, but the server was not told')
      }
      throw error
    }
  }

  async #end(options?: CallOptions): Promise<void> {
    this.#isEnding = true // the server's word of it may come before its answer
    try {
      await this.#access.request({ method: 'DELETE', path: SESSION_PATH }, options)
      void this.#source.wipe(this.#current.origin)
      this.#drop('ended by end()')
    } finally {
      this.#isEnding = false
    }
  }

  #drop(why: string): void {
    this.#current.use('ended', undefined)
    this.#link.stop(new YektaYarError('session_ended', `The session is over: ${why}`))
  }

  #use(session: StoredSession): void {
    this.#current.use('active', session)
    this.#plan()
  }

  /** Plans the renewal of what is in use, where it can be renewed. */
  #plan(): void {
    const { stored, state } = this.#current
    if (!this.#isConnected || !stored) return
    const planned = this.#renewal.plan(stored)
    if (planned.renewAt === stored.renewAt) return
    this.#current.use(state, planned)
    void this.#source.keep(planned)
  }
}
