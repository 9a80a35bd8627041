import { MAX_OWN_NAMES } from '../shared/limits.js'
import type { Session } from './session.js'

/** The fields of a message that identify its sender. */
export interface Sent {
  /** `<outbox>.<n>` for a message that came through an outbox. */
  readonly id: string | null
  readonly from: string | null
}

/** Decides which messages are this client's own, before and after a sign-in. */
export class Authorship {
  /** Called when the names have changed. */
  onChange: () => void = () => undefined
  /** Its outbox ids, and its names as a member: `user:<id>`, `session:<id>`. */
  readonly #names = new Set<string>()

  constructor(session: Session) {
    session.onChange(() => {
      for (const name of session.identity.names) this.add(name)
    })
  }

  isOwn({ id, from }: Sent): boolean {
    const outbox = id?.slice(0, id.lastIndexOf('.'))
    return this.#names.has(from ?? '') || this.#names.has(outbox ?? '')
  }

  /** Adds an outbox id or a member name. */
  add(name: string | undefined): void {
    if (!name || this.#names.has(name)) return
    this.#names.add(name)
    const [oldest] = this.#names
    if (oldest && this.#names.size > MAX_OWN_NAMES) this.#names.delete(oldest)
    this.onChange()
  }

  /** Removes all names, since another person uses the client from now on. */
  clear(): void {
    this.#names.clear()
    this.onChange()
  }
}
