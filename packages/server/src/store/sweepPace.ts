import { timerMs } from '../shared/timerMs.js'
/**
 * Keeps background work from blocking the event loop: it runs for a few milliseconds at a time and
 * pauses for as long in between.
 */
export class SweepPace {
  readonly #turnMs: number
  #turnBeganAt = performance.now()
  #isStopped = false
  #wake: (() => void) | undefined

  constructor(turnMs: number) {
    this.#turnMs = turnMs
  }

  /** Whether the work has to pause, or to stop for good. */
  get isUp(): boolean {
    return this.#isStopped || performance.now() - this.#turnBeganAt >= this.#turnMs
  }

  /** Pauses if the turn is used up. Resolves with whether to continue. */
  async next(): Promise<boolean> {
    if (this.isUp && !this.#isStopped) {
      await this.#rest()
      this.#turnBeganAt = performance.now()
    }
    return !this.#isStopped
  }

  /** Makes the work end at its next step. */
  stop(): void {
    this.#isStopped = true
    this.#wake?.()
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timerMs(this.#turnMs))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
