import type { Json } from '@yektayar/protocol'
import type { YektaYarError } from '../shared/yektaYarError.js'

/** What the own presence needs from its room. */
export interface OwnPresenceDeps {
  /** Whether the room is joined and connected. */
  isJoined(): boolean
  send(presence: Json): Promise<unknown>
}

/** What this client shows in a room: it is sent with each join, and by itself after a change. */
export class OwnPresence {
  /** `undefined` for nothing. */
  shown: Json | undefined
  readonly #deps: OwnPresenceDeps
  /** What the server was told. */
  #told: Json | undefined
  #sending: Promise<void> | undefined

  constructor(deps: OwnPresenceDeps) {
    this.#deps = deps
  }

  /** Shows something, at the latest with the next join; the last one counts. */
  set(shown: Json): Promise<void> {
    this.shown = shown
    return this.#sendNewest()
  }

  /** The join has what is shown now. */
  onJoinSent(): void {
    this.#told = this.shown
  }

  /** It may have changed since the join was sent. */
  onJoined(): void {
    this.#sendNewest().catch(() => undefined) // setPresence() rejects, or the next join sends it
  }

  /** The server refused the join because of it, and would again. */
  onRefused(): void {
    this.shown = undefined
  }

  #sendNewest(): Promise<void> {
    return (this.#sending ??= this.#send())
  }

  async #send(): Promise<void> {
    await Promise.resolve() // `#sending` is set before the loop can end and clear it
    try {
      while (this.#deps.isJoined() && this.shown !== undefined && this.shown !== this.#told) {
        const before = this.#told
        const presence = this.shown
        this.#told = presence
        try {
          await this.#deps.send(presence)
        } catch (error) {
          const { code, retryable } = error as YektaYarError // of a call
          if (code === 'invalid_input' && this.shown === presence) this.shown = before
          this.#told = before
          // In a conflict, the user has changed, or this client is not in the room any more.
          if (code !== 'conflict' && this.#deps.isJoined()) throw error
          if (!retryable) return // the next join sends it
        }
      }
    } finally {
      this.#sending = undefined // in the same turn as the last look, so that no change is missed
    }
  }
}
