import { Emitter } from '../shared/emitter.js'
import type { Unsubscribe } from '../shared/emitter.js'
import { keepSame } from '../shared/readableState.js'
import type { Tracer } from '../shared/trace.js'
import type { SessionSnapshot, SessionState } from './clientSession.js'
import type { StoredSession } from './storedSession.js'

/** The current session of a client, and the listeners for its changes. */
export class CurrentSession {
  /** The newest token of the connection's session. */
  usedToken = ''
  readonly #emitter = new Emitter<undefined>()
  readonly #overs = new Emitter<SessionState>()
  #origin = ''
  #state: SessionState = 'none'
  #userId: string | null = null
  #stored: StoredSession | undefined
  #snapshot: SessionSnapshot | undefined
  /** The newest that is known: by the answer with the token, or by what the connection was told. */
  #id: string | null = null
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

  get id(): string | null {
    return this.#id
  }

  get userId(): string | null {
    return this.#userId
  }

  /** The part of it that apps see. */
  get snapshot(): SessionSnapshot {
    const { expiresAt = null } = this.#stored ?? {}
    const [state, id, userId] = [this.#state, this.#id, this.#userId]
    const next = { state, expiresAt, id, userId, isLoggedIn: userId !== null }
    this.#snapshot = keepSame(this.#snapshot, next)
    return this.#snapshot
  }

  /** The session with its token; `undefined` if the app provides the token. */
  get stored(): StoredSession | undefined {
    return this.#stored
  }

  /** The member names of this client in rooms, as far as they are known. */
  get names(): string[] {
    const names = [this.id && `session:${this.id}`, this.#userId && `user:${this.#userId}`]
    return names.filter((name) => typeof name === 'string')
  }

  /** The signed-in user; `undefined` for none, and if the app provides the token. */
  get user(): string | undefined {
    return this.#stored?.userId ?? undefined
  }

  /** Listens to every change, also of the token. */
  onChange(listener: () => void): Unsubscribe {
    return this.#emitter.on('', listener)
  }

  /**
   * Listens to the end of an active session: it was removed, replaced, or its user changed or
   * signed out. A sign-in of an anonymous session does not count as an end.
   */
  onOver(listener: (next: SessionState) => void): Unsubscribe {
    return this.#overs.on('', listener)
  }

  /** Switches to another server, which has other sessions. */
  moveTo(origin: string): void {
    if (this.#origin === origin) return
    const isFirst = this.#origin === ''
    this.#origin = origin
    this.#stored = undefined
    this.#userId = null
    this.#id = null
    if (isFirst) return
    this.#overs.emit('', 'ended')
    this.#emitter.emit('', undefined)
  }

  /** Takes the id of the session from the server. */
  learn(id: string): void {
    if (!id || id === this.#id) return
    this.#id = id
    this.#emitter.emit('', undefined)
  }

  use(
    state: SessionState,
    stored: StoredSession | undefined,
    userId = stored?.userId ?? null,
    id = stored?.id === this.#stored?.id ? undefined : stored?.id,
  ): void {
    const isSame =
      state === this.#state &&
      userId === this.#userId &&
      stored?.token === this.#stored?.token &&
      stored?.expiresAt === this.#stored?.expiresAt
    this.#id = isInUse(state) ? (id ?? this.#id) : null
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

  /** Notifies the listeners of the end before a sign-out, so that queued work stops. */
  leave(): void {
    this.#overs.emit('', 'ended')
  }

  #keepsUser(userId: string | null): boolean {
    return this.#userId === null || this.#userId === userId
  }
}

/** Whether an ended session is being replaced by another one for the same person. */
export function isReplaced(next: SessionState): boolean {
  return next === 'none' || next === 'acquiring'
}

function isInUse(state: SessionState): boolean {
  return state === 'active' || state === 'renewing'
}
