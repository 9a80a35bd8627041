import type { CallOptions, ResolvedOptions } from '../shared/options.js'
import { RenewalSchedule } from './renewalSchedule.js'
import type { Scene, SessionProvider } from './sessionProvider.js'
import type { SessionDeps, SessionRequests } from './sessionRequests.js'
import type { CurrentSession } from './sessionState.js'
import { sessionOf } from './storedSession.js'
import type { StoredSession } from './storedSession.js'

/** Renews a session in time while it is connected, and on request. */
export class SessionRenewal {
  readonly #options: ResolvedOptions
  readonly #deps: SessionDeps
  readonly #current: CurrentSession
  readonly #provider: SessionProvider
  readonly #requests: SessionRequests
  readonly #schedule: RenewalSchedule
  #isConnected = false

  constructor(
    options: ResolvedOptions,
    deps: SessionDeps,
    current: CurrentSession,
    provider: SessionProvider,
    requests: SessionRequests,
  ) {
    this.#options = options
    this.#deps = deps
    this.#current = current
    this.#provider = provider
    this.#requests = requests
    this.#schedule = new RenewalSchedule(options, () => {
      this.renewOrRetry()
    })
  }

  /** Renews the session, unless it gets another token while this waits. */
  async renew(options: CallOptions): Promise<void> {
    const before = this.#current.stored?.token
    await this.#requests.change('renew', options, async (scene) => {
      if (this.#current.stored?.token !== before) return
      const session = await this.#provider.obtain(scene)
      if (session.token === before) await this.#renewHere(scene, options)
      else this.use(session) // another tab was first, or there was none
    })
  }

  renewOrRetry(): void {
    this.renew({}).catch(() => {
      if (this.#isConnected) this.#schedule.retry()
    })
  }

  /** Continues with a session, and schedules its renewal. */
  use(session: StoredSession): void {
    this.#current.use('active', session)
    this.#plan()
  }

  /** Takes the server's time, in ISO 8601. */
  synchronize(timestamp: string): void {
    this.#schedule.synchronize(Date.parse(timestamp))
    this.#plan()
  }

  /** Call when the session is connected. */
  start(): void {
    this.#isConnected = true
  }

  /** Call when the connection has ended; nothing can be renewed without it. */
  pause(): void {
    this.#isConnected = false
    this.#schedule.cancel()
  }

  async #renewHere(scene: Scene, options: CallOptions): Promise<void> {
    const { acquire } = this.#options
    this.#current.use('renewing', this.#current.stored)
    try {
      const renewed = acquire
        ? await this.#provider.acquire('expiring', scene)
        : sessionOf('session:renew', await this.#deps.renew(options))
      const { id } = this.#current.stored ?? {}
      const session = {
        ...(id && { id }),
        ...renewed,
        userId: renewed.userId ?? this.#current.userId,
      }
      await this.#provider.keep(session)
      if (scene.signal.aborted) return
      if (!acquire) this.#current.usedToken = session.token
      this.use(session)
    } finally {
      if (this.#current.state === 'renewing') this.#current.use('active', this.#current.stored)
    }
  }

  /** Schedules the renewal of the current session, while it is connected. */
  #plan(): void {
    const { stored, state } = this.#current
    if (!this.#isConnected || !stored) return
    const planned = this.#schedule.plan(stored)
    if (planned.renewAt === stored.renewAt) return
    this.#current.use(state, planned)
    this.#provider.update()
  }
}
