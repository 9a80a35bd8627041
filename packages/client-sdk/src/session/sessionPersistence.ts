import type { SessionStorage } from '../shared/options.js'
import { isBrowser } from '../shared/platform.js'
import { memoryStorage, webStorage } from './sessionStorage.js'
import { parseSession, sessionKey } from './storedSession.js'
import type { StoredSession } from './storedSession.js'

/** Keeps the session of each server; a storage that fails costs it its next page, not this one. */
export class SessionPersistence {
  #storage: SessionStorage | undefined

  constructor(storage: SessionStorage | undefined) {
    this.#storage = storage
  }

  async read(origin: string): Promise<StoredSession | undefined> {
    try {
      const text = await this.#used().get(sessionKey(origin))
      return parseSession(typeof text === 'string' ? JSON.parse(text) : undefined)
    } catch {
      return undefined
    }
  }

  async write(origin: string, session: StoredSession): Promise<void> {
    const text = JSON.stringify(session)
    try {
      await this.#used().set(sessionKey(origin), text)
    } catch {
      // What may still be in there is older than what memory has from now on.
      this.#storage = memoryStorage()
      await this.write(origin, session)
    }
  }

  async wipe(origin: string): Promise<void> {
    try {
      await this.#used().remove(sessionKey(origin))
    } catch {
      this.#storage = memoryStorage()
    }
  }

  /** Looked up late, so that constructing a client touches nothing. */
  #used(): SessionStorage {
    this.#storage ??= isBrowser() ? webStorage() : memoryStorage()
    return this.#storage
  }
}
