import { Emitter } from '../shared/emitter.js'
import type { Unsubscribe } from '../shared/emitter.js'
import { MAX_OWN_NAMES } from '../shared/limits.js'
import type { Session } from './session.js'

/** What of a message says who has sent it. */
export interface Sent {
  /** `<outbox>.<n>` of what came through an outbox. */
  readonly id: string | null
  readonly from: string | null
}

/** Tells messages of this client's own from those of others, before and after a sign-in. */
export class Authorship {
  readonly #emitter = new Emitter<undefined>()
  /** Its outboxes, and what rooms call it: `user:<id>`, `session:<id>`. */
  readonly #names = new Set<string>()

  constructor(session: Session) {
    session.onChange(() => {
      for (const name of session.identity.names) this.add(name)
    })
  }

  onChange(listener: () => void): Unsubscribe {
    return this.#emitter.on('', listener)
  }

  isOwn({ id, from }: Sent): boolean {
    const outbox = id?.slice(0, id.lastIndexOf('.'))
    return this.#names.has(from ?? '') || this.#names.has(outbox ?? '')
  }

  /** The client has such an outbox, or is called so. */
  add(name: string | undefined): void {
    if (!name || this.#names.has(name)) return
    this.#names.add(name)
    const [oldest] = this.#names
    if (oldest && this.#names.size > MAX_OWN_NAMES) this.#names.delete(oldest)
    this.#emitter.emit('', undefined)
  }

  /** What comes is another person's. */
  clear(): void {
    this.#names.clear()
    this.#emitter.emit('', undefined)
  }
}
