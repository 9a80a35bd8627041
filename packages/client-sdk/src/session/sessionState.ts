import { Emitter } from '../shared/emitter.js'
import type { Unsubscribe } from '../shared/emitter.js'
import type { Tracer } from '../shared/trace.js'
import type { SessionState } from './clientSession.js'
import type { StoredSession } from './storedSession.js'

/** Which session a client has at the moment: one writer, and listeners that hear of every change. */
export class CurrentSession {
  /** The newest token of the session that the connection belongs to. */
  usedToken = ''
  readonly #emitter = new Emitter<undefined>()
  readonly #overs = new Emitter<SessionState>()
  #origin = ''
  #state: SessionState = 'none'
  #userId: string | null = null
  #stored: StoredSession | undefined
  readonly #trace: Tracer | undefined

  constructor(trace: Tracer | undefined) {
    this.#trace = trace
  }

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

  /** What rooms call whoever this is, as far as it is known. */
  get names(): string[] {
    const { id } = this.#stored ?? {}
    const names = [id && `session:${id}`, this.#userId && `user:${this.#userId}`]
    return names.filter((name) => typeof name === 'string')
  }

  /** Whose token is in use; not there for nobody, and for a token of the app's own. */
  get user(): string | undefined {
    return this.#stored?.userId ?? undefined
  }

  onChange(listener: () => void): Unsubscribe {
    return this.#emitter.on('', listener)
  }

  /**
   * Listens to the end of a session that was in use, whatever comes after it: none, another one, or
   * the same with another user or with nobody any more. A sign-in is no end.
   */
  onOver(listener: (next: SessionState) => void): Unsubscribe {
    return this.#overs.on('', listener)
  }

  /** Another server has other sessions. */
  moveTo(origin: string): void {
    if (this.#origin === origin) return
    const isFirst = this.#origin === ''
    this.#origin = origin
    this.#stored = undefined
    this.#userId = null
    if (!isFirst) this.#overs.emit('', 'ended')
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
    const isOver = isInUse(this.#state) && !(isInUse(state) && this.#keepsUser(userId))
    this.#state = state
    this.#userId = userId
    this.#stored = stored
    if (!isSame) {
      this.#trace?.({
        type: 'session',
        state,
        isLoggedIn: userId !== null,
        expiresAt: stored?.expiresAt ?? null,
      })
    }
    if (isOver) this.#overs.emit('', state)
    if (!isSame) this.#emitter.emit('', undefined)
  }

  /** What was begun in the session must not go on, although it is not over yet. */
  leave(): void {
    this.#overs.emit('', 'ended')
  }

  #keepsUser(userId: string | null): boolean {
    return this.#userId === null || this.#userId === userId
  }
}

/** Whether a session that is over is replaced by another one of the same person's, as far as is known. */
export function isReplaced(next: SessionState): boolean {
  return next === 'none' || next === 'acquiring'
}

function isInUse(state: SessionState): boolean {
  return state === 'active' || state === 'renewing'
}
