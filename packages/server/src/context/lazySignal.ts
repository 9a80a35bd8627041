/** An abort signal that is made when it is first asked for. */
export class LazySignal {
  #controller: AbortController | undefined
  #isAborted = false

  /** The signal, which is the same at each call. */
  get(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isAborted) this.#controller.abort()
    return this.#controller.signal
  }

  abort(): void {
    this.#isAborted = true
    this.#controller?.abort()
  }
}
