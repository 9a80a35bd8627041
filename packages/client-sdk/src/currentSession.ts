import type { SessionState } from './clientSession.js'
import { Emitter } from './emitter.js'
import type { Unsubscribe } from './emitter.js'
import type { StoredSession } from './storedSession.js'

/** Which session a client has at the moment: one writer, and listeners that hear of every change. */
export class CurrentSession {
  readonly #emitter = new Emitter<undefined>()
  #origin = ''
  #state: SessionState = 'none'
  #userId: string | null = null
  #stored: StoredSession | undefined

  get origin(): string {
    return this.#origin
  }

  get state(): SessionState {
    return this.#state
  }

  get userId(): string | null {
    return this.#userId
  }

  /** The session with its token; not there for a token of the app's own. */
  get stored(): StoredSession | undefined {
    return this.#stored
  }

  onChange(listener: () => void): Unsubscribe {
    return this.#emitter.on('', listener)
  }

  /** Another server has other sessions. */
  moveTo(origin: string): void {
    if (this.#origin === origin) return
    this.#origin = origin
    this.#stored = undefined
    this.#userId = null
  }

  use(
    state: SessionState,
    stored: StoredSession | undefined,
    userId = stored?.userId ?? null,
  ): void {
    const isSame =
      state === this.#state &&
      userId === this.#userId &&
      stored?.token === this.#stored?.token &&
      stored?.expiresAt === this.#stored?.expiresAt
    this.#state = state
    this.#userId = userId
    this.#stored = stored
    if (!isSame) this.#emitter.emit('', undefined)
  }
}
