/** Somebody who waits for a number of faults. */
interface Waiting {
  readonly count: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Counts the faults of a proxy, and tells those who wait for a number of them. */
export class FaultCounter {
  #count = 0
  #waiting: readonly Waiting[] = []
  #isClosed = false

  /** How many there were so far. */
  get count(): number {
    return this.#count
  }

  add(): void {
    this.#count++
    const due = this.#waiting.filter(({ count }) => count <= this.#count)
    this.#waiting = this.#waiting.filter(({ count }) => count > this.#count)
    for (const { resolve } of due) resolve()
  }

  /**
   * Resolves once there were so many.
   *
   * @throws {RangeError} unless the count is a whole number from 1
   * @throws {Error} if they end before that
   */
  async until(count: number): Promise<void> {
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(`untilFaults: ${String(count)} is not a whole number from 1`)
    }
    if (count <= this.#count) return
    if (this.#isClosed) throw this.#tooFew(count)
    await new Promise<void>((resolve, reject) => {
      this.#waiting = [...this.#waiting, { count, resolve, reject }]
    })
  }

  /** There will be no more. */
  close(): void {
    this.#isClosed = true
    for (const { count, reject } of this.#waiting) reject(this.#tooFew(count))
    this.#waiting = []
  }

  #tooFew(count: number): Error {
    return new Error(
      `The proxy was closed after ${String(this.#count)} of the ${String(count)} faults that untilFaults() waits for`,
    )
  }
}
