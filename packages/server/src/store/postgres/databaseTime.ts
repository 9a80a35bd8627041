/**
 * The clock of the database, as this process knows it. The clock of this machine has no effect: the
 * time since the last answer of the database is measured by the monotonic clock.
 */
export class DatabaseTime {
  #offset: number

  /** @param now the database's time at this moment, in milliseconds since 1970 */
  constructor(now: number) {
    this.#offset = now - performance.now()
  }

  readonly now = (): number => Math.round(performance.now() + this.#offset)

  /** Takes over the time of an answer that has just arrived. */
  observe(now: number): void {
    this.#offset = now - performance.now()
  }
}
