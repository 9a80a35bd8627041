import { OUTBOX_ID_LENGTH } from '../shared/limits.js'
import { randomId } from '../shared/platform.js'
import { notSent } from './outboxEntry.js'
import type { OutboxEntry, SentKey } from './outboxEntry.js'

/** What `NumberedEntries` needs. */
export interface NumberedEntriesDeps {
  /** Sets the number of an entry, replacing an earlier one. */
  setNumber(entry: OutboxEntry, outbox: string, n: number): void
}

/** The unanswered entries of one outbox id, with their numbers. */
export class NumberedEntries {
  readonly #deps: NumberedEntriesDeps
  #id = randomId(OUTBOX_ID_LENGTH)
  #next = 1
  /** The key of the entry with the last number. */
  #lastSent: SentKey | undefined
  #entries: OutboxEntry[] = []

  constructor(deps: NumberedEntriesDeps) {
    this.#deps = deps
  }

  /** The outbox id to which the numbers belong. */
  get id(): string {
    return this.#id
  }

  /** The number of the next entry. */
  get next(): number {
    return this.#next
  }

  /** Ascending by number. */
  get all(): readonly OutboxEntry[] {
    return this.#entries
  }

  /** Gives an entry the next number. */
  add(entry: OutboxEntry): void {
    this.#deps.setNumber(entry, this.#id, this.#next++)
    entry.sent = notSent()
    entry.before = this.#lastSent
    this.#lastSent = entry.sent
    this.#entries.push(entry)
  }

  remove(entry: OutboxEntry): void {
    const index = this.#entries.indexOf(entry)
    if (index >= 0) this.#entries.splice(index, 1)
  }

  /** Takes over the outbox id and the entries of a closed page. The own entries are appended. */
  adopt(outbox: string, entries: readonly OutboxEntry[]): void {
    const own = this.#entries
    this.#id = outbox
    this.#entries = [...entries]
    this.#lastSent = entries.at(-1)?.sent
    this.#next = (entries.at(-1)?.n ?? 0) + 1
    for (const entry of own) this.add(entry)
  }

  /** Continues under a new outbox id, with these entries and new numbers. */
  startAnew(entries: readonly OutboxEntry[]): void {
    this.#id = randomId(OUTBOX_ID_LENGTH)
    this.#next = 1
    this.#lastSent = undefined
    this.#entries = []
    for (const entry of entries) this.add(entry)
  }
}
