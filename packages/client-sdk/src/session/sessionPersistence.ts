import { FACILITY_TIMEOUT_MS } from '../shared/limits.js'
import type { SessionStorage } from '../shared/options.js'
import { isBrowser } from '../shared/platform.js'
import { withDeadline } from '../shared/withDeadline.js'
import { isYektaYarError } from '../shared/yektaYarError.js'
import { memoryStorage, webStorage } from './sessionStorage.js'
import { parseSession, sessionKey } from './storedSession.js'
import type { StoredSession } from './storedSession.js'

/**
 * Keeps the session of each server; a storage that fails costs it its next page, not this one. One
 * that does not answer is not asked again, so that what it holds is still there for the next page.
 */
export class SessionPersistence {
  #storage: SessionStorage | undefined

  constructor(storage: SessionStorage | undefined) {
    this.#storage = storage
  }

  async read(origin: string): Promise<StoredSession | undefined> {
    try {
      const text = await this.#ask((storage) => storage.get(sessionKey(origin)))
      return parseSession(typeof text === 'string' ? JSON.parse(text) : undefined)
    } catch (error) {
      if (isYektaYarError(error)) this.#storage = memoryStorage()
      return undefined
    }
  }

  async write(origin: string, session: StoredSession): Promise<void> {
    const text = JSON.stringify(session)
    try {
      await this.#ask((storage) => storage.set(sessionKey(origin), text))
    } catch {
      // The storage may still contain an older session, so only memory is used from now on.
      this.#storage = memoryStorage()
      await this.write(origin, session)
    }
  }

  async wipe(origin: string): Promise<void> {
    try {
      await this.#ask((storage) => storage.remove(sessionKey(origin)))
    } catch {
      this.#storage = memoryStorage()
    }
  }

  /** Looked up late, so that constructing a client touches nothing. */
  #ask(work: (storage: SessionStorage) => unknown): Promise<unknown> {
    this.#storage ??= isBrowser() ? webStorage() : memoryStorage()
    const storage = this.#storage
    return withDeadline('storage', { timeoutMs: FACILITY_TIMEOUT_MS }, () =>
      Promise.resolve(work(storage)),
    )
  }
}
