/** The network between a client and its server. While it is down, everything waits. */
export class FakeNetwork {
  #isUp = true
  #onUp: (() => void)[] = []

  get isUp(): boolean {
    return this.#isUp
  }

  cut(): void {
    this.#isUp = false
  }

  mend(): void {
    this.#isUp = true
    for (const go of this.#onUp.splice(0)) go()
  }

  /** Resolves once the network is up. */
  async passage(): Promise<void> {
    while (!this.#isUp) await new Promise<void>((resolve) => this.#onUp.push(resolve))
  }
}
