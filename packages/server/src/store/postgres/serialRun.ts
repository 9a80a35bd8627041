/**
 * Runs work one at a time. Those who ask for it while it runs share one run after that: with a promise
 * each, all would wake after every run.
 */
export class SerialRun {
  readonly #work: () => Promise<void>
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(work: () => Promise<void>) {
    this.#work = work
  }

  /** Resolves or rejects with a run that begins now, or after the current one. */
  run(): Promise<void> {
    if (this.#running) return (this.#next ??= this.#runAfter(this.#running))
    this.#running = this.#work().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #runAfter(running: Promise<void>): Promise<void> {
    await running.catch(() => undefined)
    this.#next = undefined
    await this.run()
  }
}
