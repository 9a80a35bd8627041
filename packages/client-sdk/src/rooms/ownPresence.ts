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
  /** The newest sending. */
  #sending = Promise.resolve()
  #isSending = false

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

  /** A sending that goes on takes the newest one along. */
  #sendNewest(): Promise<void> {
    if (!this.#isSending) this.#sending = this.#send()
    return this.#sending
  }

  async #send(): Promise<void> {
    this.#isSending = true
    try {
      while (this.#deps.isJoined() && this.shown !== undefined && this.shown !== this.#told) {
        if (!(await this.#sendOnce(this.shown))) return
      }
    } finally {
      this.#isSending = false // in the same turn as the last look, so that no change is missed
    }
  }

  /** Returns whether to go on. */
  async #sendOnce(presence: Json): Promise<boolean> {
    const before = this.#told
    this.#told = presence
    try {
      await this.#deps.send(presence)
      return true
    } catch (error) {
      const { code, retryable } = error as YektaYarError // of a call
      if (code === 'invalid_input' && this.shown === presence) this.shown = before
      this.#told = before
      // In a conflict, the user has changed, or this client is not in the room any more.
      if (code !== 'conflict' && this.#deps.isJoined()) throw error
      return retryable // else the next join sends it
    }
  }
}
