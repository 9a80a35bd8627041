import { SESSION_ACQUIRE_PATH } from '@yektayar/protocol'
import type { ErrorCode } from '@yektayar/protocol'
import { throwIfAborted } from '../shared/abortController.js'
import { toRetryable } from '../shared/errorFromServer.js'
import { invalidOption } from '../shared/invalidOption.js'
import { FACILITY_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from '../shared/limits.js'
import type { AcquireReason, ResolvedOptions } from '../shared/options.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import { resolveSource } from '../shared/resolveSource.js'
import { withDeadline } from '../shared/withDeadline.js'
import { isYektaYarError } from '../shared/yektaYarError.js'
import { CrossTab } from './crossTab.js'
import type { TabNews } from './crossTab.js'
import { requestSession } from './sessionApi.js'
import type { SessionRequest } from './sessionApi.js'
import { SessionPersistence } from './sessionPersistence.js'
import type { CurrentSession } from './sessionState.js'
import { parseSession, sessionKey, sessionOf } from './storedSession.js'
import type { StoredSession } from './storedSession.js'
import { traceRequest } from './traceRequest.js'

/** Refusals of a session request that would be repeated. */
const refusals: readonly ErrorCode[] = ['forbidden', 'origin_forbidden', 'unauthorized']

/** Refusals of wrong metadata, or of a request that was damaged on its way. */
const misfits: readonly ErrorCode[] = ['invalid_input', 'payload_too_large']

/** The server for which a session is searched, and the signal that ends the search. */
export interface Scene {
  readonly origin: string
  /** After it aborts, late results have no effect. */
  readonly signal: AbortSignal
}

/** Finds, acquires and stores a client's sessions: in memory, in the storage, from the server. */
export class SessionProvider {
  readonly #options: ResolvedOptions
  readonly #current: CurrentSession
  readonly #persistence: SessionPersistence
  readonly #tabs = new CrossTab()
  #requestTimeoutMs = REQUEST_TIMEOUT_MS
  /** The last rejected session, so that it is not taken from the storage again. */
  #rejected: StoredSession | undefined

  constructor(options: ResolvedOptions, current: CurrentSession) {
    this.#options = options
    this.#current = current
    this.#persistence = new SessionPersistence(options.storage)
  }

  /** Whether a token was rejected and none has been accepted since. */
  get isReplacing(): boolean {
    return this.#rejected !== undefined
  }

  /** Runs one change at a time, across all tabs if possible. */
  exclusively<Result>({ origin, signal }: Scene, work: () => Promise<Result>): Promise<Result> {
    return this.#tabs.exclusively(sessionKey(origin), signal, work)
  }

  /** Switches to another server, which has other sessions. */
  moveTo(origin: string): void {
    this.#current.moveTo(origin)
  }

  /** Listens to other tabs, until `close()`. */
  listen(origin: string, onNews: (news: TabNews) => void): void {
    this.#tabs.listen(sessionKey(origin), (news) => {
      onNews(news as TabNews) // sent by this code in another tab
    })
  }

  close(): void {
    this.#tabs.close()
  }

  /** The known session: the stored one, since tabs share it, otherwise the one in memory. */
  async find(origin: string): Promise<StoredSession | undefined> {
    const candidates = [await this.#persistence.read(origin), this.#current.stored]
    return candidates.find((session) => session && session.token !== this.#rejected?.token)
  }

  /** The known session, or a new one. */
  async establish(scene: Scene): Promise<StoredSession> {
    return (await this.find(scene.origin)) ?? this.exclusively(scene, () => this.obtain(scene))
  }

  /** The same; has to run inside of `exclusively()`. */
  async obtain(scene: Scene): Promise<StoredSession> {
    const known = await this.find(scene.origin)
    if (known) return known
    throwIfAborted(scene.signal)
    this.#current.use('acquiring', undefined)
    try {
      const session = await this.acquire(this.#rejected ? 'rejected' : 'first', scene)
      await this.keep(session, scene.origin)
      if (!scene.signal.aborted) this.#current.use('active', session)
      return session
    } finally {
      this.settle()
    }
  }

  /** Ends the search for a session, whether or not one was found. */
  settle(): void {
    if (this.#current.state === 'acquiring') this.#current.use('none', undefined)
  }

  /** Acquires a session from the app's own function or the server. */
  async acquire(reason: AcquireReason, scene: Scene): Promise<StoredSession> {
    const { acquire, metadata } = this.#options
    if (acquire) {
      const { signal } = scene
      const { token, expiresAt } = this.#rejected ?? this.#current.stored ?? {}
      const previous = token && expiresAt ? { token, expiresAt } : undefined
      return resolveSource('acquire', () => acquire({ reason, previous, signal }), parseAcquired)
    }
    const request = { path: SESSION_ACQUIRE_PATH, body: { metadata } }
    try {
      const answer = await this.send(request, scene, this.#requestTimeoutMs)
      this.#requestTimeoutMs = REQUEST_TIMEOUT_MS
      return sessionOf(request.path, answer)
    } catch (error) {
      // The network may be too slow for the timeout, so the next request gets more time.
      if (propertiesOf(propertiesOf(error).cause).code === 'timeout') this.#requestTimeoutMs *= 2
      throw orRetry(error, metadata === undefined ? refusals : [...refusals, ...misfits])
    }
  }

  /** Sends a request. @param timeoutMs by default, until the signal aborts */
  send(request: SessionRequest, { origin, signal }: Scene, timeoutMs?: number): Promise<unknown> {
    const { fetch, trace } = this.#options
    const ask = (by: typeof fetch) =>
      requestSession(origin, request, { fetch: by, signal, timeoutMs })
    return trace ? traceRequest(trace, request, fetch, ask) : ask(fetch)
  }

  /** Stores a session, and notifies the other tabs. */
  async keep(session: StoredSession, origin = this.#current.origin): Promise<void> {
    await this.#persistence.write(origin, session)
    this.#tabs.emit(sessionKey(origin), 'changed')
  }

  /**
   * Stores what is new about the current session, unless the storage has another one by now, or
   * none. Without the storage's answer in time it is left out.
   */
  update(): void {
    const { origin } = this.#current
    const write = async (): Promise<void> => {
      const { token } = (await this.#persistence.read(origin)) ?? {}
      const { stored } = this.#current
      if (stored && stored.token === token) await this.keep(stored, origin)
    }
    const limits = { timeoutMs: FACILITY_TIMEOUT_MS }
    withDeadline('storage', limits, (signal) => this.exclusively({ origin, signal }, write)).catch(
      () => undefined,
    )
  }

  /** Announces a sign-out, so that no tab sends queued items of this user any more. */
  leave(): void {
    // With the app's own `acquire`, a signed-in user may not be known yet.
    if (this.#current.userId === null && !this.#options.acquire) return
    this.#tabs.emit(sessionKey(this.#current.origin), 'leaving')
    this.#current.leave()
  }

  /** Removes the stored session. With `news`, also notifies other tabs, which then end theirs. */
  async wipe(origin: string, news?: TabNews): Promise<void> {
    await this.#persistence.wipe(origin)
    if (news) this.#tabs.emit(sessionKey(origin), news)
  }

  accepted(): void {
    this.#rejected = undefined
  }

  /** Records a rejection. Returns whether it was the first in a row. */
  rejected(): boolean {
    const isFirst = !this.#rejected
    this.#rejected = this.#current.stored
    return isFirst
  }
}

function parseAcquired(value: unknown): StoredSession {
  const session = parseSession(value)
  if (session) return session
  throw invalidOption('acquire', 'a function that answers { token, expiresAt }', typeof value)
}

/** The error itself if it is final or retryable; otherwise a retryable `network_error`. */
function orRetry(error: unknown, finalCodes: readonly ErrorCode[]): unknown {
  if (!isYektaYarError(error) || error.retryable || finalCodes.includes(error.code)) return error
  return toRetryable(error)
}
