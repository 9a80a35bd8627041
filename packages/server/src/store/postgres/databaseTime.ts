/**
 * The clock of the database, as this process knows it. The clock of this machine has no effect: the
 * time since the last answer of the database is measured by the monotonic clock.
 */
export class DatabaseTime {
  /** Between the two clocks; nothing is known before the first answer. */
  #offset = -Infinity

  /** Milliseconds since 1970. */
  readonly now = (): number => Math.round(performance.now() + this.#offset)

  /**
   * Corrects the time by another answer. The database made it at some moment between the question and
   * now: an answer may be late, such as to a process that was stopped. So the time changes no more than
   * is certain. With answers each second it follows a clock that is set, and a monotonic clock that
   * drifts or stops while the machine sleeps.
   *
   * @param now the database's time in an answer that has just arrived
   * @param sentAt when it was asked for, by `performance.now()`
   */
  observe(now: number, sentAt: number): void {
    const least = now - performance.now()
    this.#offset = Math.min(Math.max(this.#offset, least), now - sentAt)
  }
}
