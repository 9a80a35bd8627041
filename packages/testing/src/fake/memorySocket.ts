/** The other side of a memory socket. */
export interface MemoryPeer {
  received(text: string): void
  /** Called once, when either side has closed it. */
  closed(): void
}

/** The client's side of a connection in memory: the part of `WebSocket` that Engine.IO uses. */
export class MemorySocket {
  /** Set by Engine.IO; there is no binary data here. */
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

  /** Opens the socket with its other side. */
  open(peer: MemoryPeer): void {
    this.#peer = peer
    this.onopen?.()
  }

  /**
   * Delivers a text from the other side, after the running code. Resolves after the listeners ran.
   */
  async deliver(text: string): Promise<void> {
    await Promise.resolve()
    if (!this.#isClosed) this.onmessage?.({ data: text })
    await nextTick()
  }

  /** Breaks the connection. */
  cut(): void {
    if (this.#isClosed) return
    this.close()
    this.onclose?.({})
  }
}

/** Socket.IO passes decoded packets on by `process.nextTick`, or by a microtask without it. */
function nextTick(): Promise<void> {
  const { process } = globalThis as { process?: { nextTick?(go: () => void): void } } // see above
  return new Promise((resolve) => {
    if (process?.nextTick) process.nextTick(resolve)
    else resolve()
  })
}
