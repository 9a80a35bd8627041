import type { AcquiredSession } from '@yektayar/protocol'
import { acquireSession, parseSession } from './acquireSession.js'
import { Emitter } from './emitter.js'
import type { Unsubscribe } from './emitter.js'
import { askApp } from './askApp.js'
import { invalidOption } from './invalidOption.js'
import type { ResolvedOptions, TokenSource } from './options.js'
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
  readonly #emitter = new Emitter()
  #storage: SessionStorage | undefined
  #state: SessionState = 'none'
  #origin = ''
  #current: AcquiredSession | undefined
  #rejections = 0

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
    return this.#emitter.on('', () => {
      listener(this)
    })
  }

  /**
   * The token for the next attempt. Attempts follow one another, so there is never more than one
   * acquire in flight.
   *
   * @throws {YektaYarError} when there is none; not retryable when asking again cannot help
   */
  async token(origin: string, own: TokenSource | undefined, signal: AbortSignal): Promise<string> {
    if (own !== undefined) {
      const token = await readOwnToken(own)
      if (!signal.aborted) this.#use('active', undefined, origin)
      return token
    }
    const known = this.#origin === origin ? this.#current : undefined
    const kept = usable(known) ?? usable(await this.#read(origin))
    if (signal.aborted) return ''
    if (kept) {
      this.#use('active', kept, origin)
      return kept.token
    }
    return this.#acquire(origin, signal)
  }

  /** The server admitted the token. */
  accepted(): void {
    this.#rejections = 0
  }

  /** The server rejected the token: says whether a fresh one is worth a try, once in a row. */
  async replace(own: TokenSource | undefined): Promise<boolean> {
    if (own !== undefined) return false
    this.#current = undefined
    await this.#keep((storage) => storage.remove(storageKey(this.#origin)))
    return this.#rejections++ === 0
  }

  /** The server refused the session for good. */
  end(): void {
    this.#rejections = 0
    this.#use('ended', undefined, this.#origin)
  }

  async #acquire(origin: string, signal: AbortSignal): Promise<string> {
    const isOver = (): boolean => signal.aborted
    const abandon = (): void => {
      this.#use('none', undefined, origin)
    }
    // Told by the signal and not by the request, which an app's own `fetch` may never end.
    signal.addEventListener('abort', abandon)
    this.#use('acquiring', undefined, origin)
    try {
      const session = await acquireSession(origin, { ...this.#options, signal })
      if (isOver()) return ''
      await this.#keep((storage) => storage.set(storageKey(origin), JSON.stringify(session)))
      if (!isOver()) this.#use('active', session, origin)
      return session.token
    } catch (error) {
      if (!isOver()) abandon()
      throw error
    } finally {
      signal.removeEventListener('abort', abandon)
    }
  }

  #use(state: SessionState, current: AcquiredSession | undefined, origin: string): void {
    const changed = state !== this.#state || current?.token !== this.#current?.token
    this.#state = state
    this.#current = current
    this.#origin = origin
    if (changed) this.#emitter.emit('', this)
  }

  async #read(origin: string): Promise<AcquiredSession | undefined> {
    try {
      const text = await this.#storageOrDefault().get(storageKey(origin))
      return typeof text === 'string' ? parseSession(JSON.parse(text)) : undefined
    } catch {
      return undefined // unreadable is as good as absent: a fresh session replaces it
    }
  }

  /** Writes to storage; a failing storage costs the session its next page, not this one. */
  async #keep(write: (storage: SessionStorage) => void | Promise<void>): Promise<void> {
    try {
      await write(this.#storageOrDefault())
    } catch {
      return
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

function usable(session: AcquiredSession | undefined): AcquiredSession | undefined {
  return session && Date.parse(session.expiresAt) > Date.now() ? session : undefined
}

async function readOwnToken(own: TokenSource): Promise<string> {
  if (typeof own === 'string') return own
  const token = await askApp('token', own)
  if (typeof token === 'string' && token) return token
  throw invalidOption('token', 'a non-empty string, or a function that returns one')
}
