/**
 * Calls `send` at once, and then at most once in each interval: for what comes in between, at its end.
 *
 * @param send must not throw
 */
export class Coalesced {
  readonly #send: () => Promise<void>
  readonly #intervalMs: number
  #isSending = false
  #isWanted = false
  #isClosed = false

  constructor(intervalMs: number, send: () => Promise<void>) {
    this.#intervalMs = intervalMs
    this.#send = send
  }

  request(): void {
    this.#isWanted = true
    if (!this.#isSending && !this.#isClosed) void this.#run()
  }

  close(): void {
    this.#isClosed = true
  }

  async #run(): Promise<void> {
    this.#isSending = true
    try {
      while (this.#isWanted && !this.#isClosed) {
        this.#isWanted = false
        await this.#send()
        await new Promise((resolve) => {
          setTimeout(resolve, this.#intervalMs)
        })
      }
    } finally {
      this.#isSending = false
    }
  }
}
