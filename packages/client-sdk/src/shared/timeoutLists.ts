import { MAX_TIMER_MS } from './longTimer.js'
import { now, unref } from './platform.js'

/** How many lists there may be before one is given up as soon as it is empty. */
const MAX_LISTS = 16

/** What an entry has to keep for its list. */
export interface TimeoutEntry<Entry> {
  /** Its list; absent before `add()`, and once it is removed. */
  list?: TimeoutList<Entry> | undefined
  previous?: Entry | undefined
  next?: Entry | undefined
  /** When it was added, by `now()`. */
  addedAt: number
}

interface TimeoutList<Entry> {
  readonly timeoutMs: number
  /** The function that has started the timer: tests may put another one in its place. */
  startedBy: typeof setTimeout | undefined
  head: Entry | undefined
  tail: Entry | undefined
  timer: ReturnType<typeof setTimeout> | undefined
}

/**
 * Entries until their timeouts. Those with the same timeout are due in the order in which they came:
 * they are one linked list with one timer, so that to add and to remove an entry costs the same however
 * many there are. A timer goes on while its list is empty, and is then there for the next entry.
 */
export class TimeoutLists<Entry extends TimeoutEntry<Entry>> {
  readonly #lists = new Map<number, TimeoutList<Entry>>()
  readonly #onTimeout: (entry: Entry) => void

  /** @param onTimeout has to remove the entry */
  constructor(onTimeout: (entry: Entry) => void) {
    this.#onTimeout = onTimeout
  }

  /** Adds an entry; what is no number of milliseconds counts as 0. */
  add(entry: Entry, given: number): void {
    const timeoutMs = given > 0 ? Math.min(given, MAX_TIMER_MS) : 0
    entry.addedAt = now()
    let list = this.#lists.get(timeoutMs)
    if (!list) {
      list = { timeoutMs, startedBy: undefined, head: undefined, tail: undefined, timer: undefined }
      this.#lists.set(timeoutMs, list)
    }
    entry.list = list
    entry.previous = list.tail
    if (list.tail) list.tail.next = entry
    else list.head = entry
    list.tail = entry
    if (list.startedBy !== setTimeout) this.#startTimer(list, timeoutMs, list.head ?? entry)
  }

  /** Removes an entry. Returns whether it was there. */
  remove(entry: Entry): boolean {
    const { list, previous, next } = entry
    if (!list) return false
    entry.list = undefined
    if (previous) previous.next = next
    else list.head = next
    if (next) next.previous = previous
    else list.tail = previous
    entry.previous = undefined
    entry.next = undefined
    if (!list.head && this.#lists.size > MAX_LISTS) this.#forget(list)
    return true
  }

  /** All entries, in no order. */
  all(): Entry[] {
    const entries: Entry[] = []
    for (const { head } of this.#lists.values())
      for (let entry = head; entry; entry = entry.next) entries.push(entry)
    return entries
  }

  #startTimer(list: TimeoutList<Entry>, delayMs: number, first: Entry): void {
    const { timeoutMs } = list
    const timer = setTimeout(() => {
      if (list.timer !== timer) return
      // Its own entry is due even if the clock was set back since; a timer may also be a bit early.
      const addedBy = now() + 1 - timeoutMs
      for (
        let { head } = list;
        head && (head === first || head.addedAt <= addedBy);
        { head } = list
      )
        this.#onTimeout(head)
      const { head } = list
      if (!head) this.#forget(list)
      else this.#startTimer(list, Math.min(head.addedAt + timeoutMs - now(), timeoutMs), head)
    }, delayMs)
    unref(timer) // it is the connection that keeps a process running
    list.timer = timer
    list.startedBy = setTimeout
  }

  #forget(list: TimeoutList<Entry>): void {
    clearTimeout(list.timer)
    this.#lists.delete(list.timeoutMs)
  }
}
