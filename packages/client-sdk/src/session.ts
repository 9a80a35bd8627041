import type { AcquiredSession } from '@yektayar/protocol'
import { acquireSession, parseSession } from './acquireSession.js'
import { Emitter } from './emitter.js'
import type { Unsubscribe } from './emitter.js'
import { parseToken } from './options.js'
import type { ResolvedOptions, TokenSource } from './options.js'
import { readSource } from './readSource.js'
import { memoryStorage, webStorage } from './sessionStorage.js'
import type { SessionStorage } from './sessionStorage.js'

/** `none` so far, one is being acquired, one is in use, or the server refused the last one for good. */
export type SessionState = 'none' | 'acquiring' | 'active' | 'ended'

/** What an app may know of its session; the token is not in it. */
export interface ClientSession {
  readonly state: SessionState
  /** When the session ends, in ISO 8601; `null` while there is none, or for a token of the app's own. */
  readonly expiresAt: string | null
  onChange(listener: (session: ClientSession) => void): Unsubscribe
}

/** Finds a token for each attempt: the app's own, the current one, a stored one, or a fresh one. */
export class Session implements ClientSession {
  readonly #options: ResolvedOptions
  readonly #emitter = new Emitter<ClientSession>()
  #storage: SessionStorage | undefined
  #state: SessionState = 'none'
  #origin = ''
  #current: AcquiredSession | undefined
  /** The token that was rejected last, so that storage does not bring it back. */
  #rejected: string | undefined

  constructor(options: ResolvedOptions) {
    this.#options = options
  }

  get state(): SessionState {
    return this.#state
  }

  get expiresAt(): string | null {
    return this.#current?.expiresAt ?? null
  }

  onChange(listener: (session: ClientSession) => void): Unsubscribe {
    return this.#emitter.on('', listener)
  }

  /**
   * The token for the next attempt. Attempts follow one another, so there is never more than one
   * acquire in flight. Once the signal aborts, whatever arrives changes nothing.
   *
   * @throws {YektaYarError} when there is none; not retryable when asking again cannot help
   */
  async token(origin: string, own: TokenSource | undefined, signal: AbortSignal): Promise<string> {
    if (own !== undefined) {
      const token = parseToken(await readSource('token', own))
      if (!signal.aborted) this.#use('active', undefined, origin)
      return token
    }
    const known = this.#origin === origin ? this.#current : undefined
    let session = this.#usable(known) ?? (await this.#read(origin))
    if (!session) {
      signal.throwIfAborted()
      this.#use('acquiring', undefined, origin)
      session = await acquireSession(origin, { ...this.#options, signal })
      const text = JSON.stringify(session)
      void this.#stored((storage) => storage.set(storageKey(origin), text))
    }
    if (!signal.aborted) this.#use('active', session, origin)
    return session.token
  }

  /** The search for a token is over, whether it was found or given up. */
  settle(): void {
    if (this.#state === 'acquiring') this.#use('none', undefined, this.#origin)
  }

  /** The server admitted the token. */
  accepted(): void {
    this.#rejected = undefined
  }

  /** The server rejected the token: says whether another one is worth a try, once in a row. */
  replace(own: TokenSource | undefined): boolean {
    if (own !== undefined) return false
    const isFirst = this.#rejected === undefined
    this.#rejected = this.#current?.token
    this.#current = undefined
    return isFirst
  }

  /** The server refused the session for good. */
  end(): void {
    this.#rejected = undefined
    void this.#stored((storage) => storage.remove(storageKey(this.#origin)))
    this.#use('ended', undefined, this.#origin)
  }

  #use(state: SessionState, current: AcquiredSession | undefined, origin: string): void {
    const changed = state !== this.#state || current?.token !== this.#current?.token
    this.#state = state
    this.#current = current
    this.#origin = origin
    if (changed) this.#emitter.emit('', this)
  }

  #usable(session: AcquiredSession | undefined): AcquiredSession | undefined {
    const isUsable =
      session?.token !== this.#rejected && Date.parse(session?.expiresAt ?? '') > Date.now()
    return isUsable ? session : undefined
  }

  async #read(origin: string): Promise<AcquiredSession | undefined> {
    const stored = await this.#stored(async (storage) => {
      const text = await storage.get(storageKey(origin))
      return typeof text === 'string' ? JSON.parse(text) : undefined
    })
    return this.#usable(parseSession(stored))
  }

  /** Uses storage; one that fails costs the session its next page, not this one. */
  async #stored(use: (storage: SessionStorage) => unknown): Promise<unknown> {
    try {
      return await use(this.#storageOrDefault())
    } catch {
      return undefined
    }
  }

  /** Looked up late, so that constructing a client touches nothing. */
  #storageOrDefault(): SessionStorage {
    const isBrowser = typeof document !== 'undefined'
    this.#storage ??= this.#options.storage ?? (isBrowser ? webStorage() : memoryStorage())
    return this.#storage
  }
}

function storageKey(origin: string): string {
  return `yektayar:session:${origin}`
}
