/** The other end of a memory socket. */
export interface MemoryPeer {
  received(text: string): void
  /** Called once, whoever has closed it. */
  closed(): void
}

/** The client's end of a connection without a network: what Engine.IO uses of a `WebSocket`. */
export class MemorySocket {
  /** Set by Engine.IO; no binary data comes here. */
  binaryType = 'blob'
  onopen: (() => void) | undefined
  onmessage: ((event: { readonly data: string }) => void) | undefined
  onclose: ((event: object) => void) | undefined
  onerror: ((error: unknown) => void) | undefined
  #peer: MemoryPeer | undefined
  #isClosed = false

  get isClosed(): boolean {
    return this.#isClosed
  }

  send(text: string): void {
    if (!this.#isClosed) this.#peer?.received(text)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#peer?.closed()
  }

  /** The other end takes it. */
  open(peer: MemoryPeer): void {
    this.#peer = peer
    this.onopen?.()
  }

  /**
   * The other end sends something. Nothing arrives while the code that asked for it still runs.
   * Resolves once listeners have heard it.
   */
  async deliver(text: string): Promise<void> {
    await Promise.resolve()
    if (!this.#isClosed) this.onmessage?.({ data: text })
    await nextTick()
  }

  /** The other end is gone. */
  cut(): void {
    if (this.#isClosed) return
    this.close()
    this.onclose?.({})
  }
}

/** Socket.IO hands a decoded packet on by `process.nextTick`, or in a microtask where there is none. */
function nextTick(): Promise<void> {
  const { process } = globalThis as { process?: { nextTick?(go: () => void): void } } // as just said
  return new Promise((resolve) => {
    if (process?.nextTick) process.nextTick(resolve)
    else resolve()
  })
}
