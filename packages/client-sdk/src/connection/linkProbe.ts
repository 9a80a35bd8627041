import type { Socket } from 'socket.io-client'
import { PROBE_TIMEOUT_MS } from '../shared/limits.js'

type Engine = Socket['io']['engine']

/**
 * Finds out whether a link in doubt is alive: it is when anything at all arrives while it is probed,
 * so that one that is slow and busy is never taken for a dead one. One probe at a time.
 */
export class LinkProbe {
  #end: (() => void) | undefined

  /**
   * Probes a connection, unless that is done already.
   *
   * @param ask makes the server send something
   * @param onDead is called when nothing has arrived in time
   */
  begin({ io: { engine } }: Socket, ask: () => void, onDead: () => void): void {
    if (this.#end) return
    const before = receivedBytes(engine)
    const end = (): void => {
      clearTimeout(timer)
      engine.off('packet', end)
      this.#end = undefined
    }
    const timer = setTimeout(() => {
      end()
      if (receivedBytes(engine) === before) onDead()
    }, PROBE_TIMEOUT_MS)
    engine.on('packet', end)
    this.#end = end
    ask()
  }

  /** The connection is over. */
  end(): void {
    this.#end?.()
  }
}

/** Parts of Engine.IO's transports that are not in its types, and that not every platform has. */
interface TransportInsides {
  /** In Node a WebSocket of `ws`, over a TCP socket. */
  readonly ws?: { readonly _socket?: { readonly bytesRead?: number } | null } | null
  /** The request that waits for packets, and what has arrived of its answer. */
  readonly pollXhr?: { readonly _xhr?: { readonly response?: ArrayLike<unknown> | null } | null }
}

/** A number that changes with what arrives of a packet, before it is complete, where that can be seen. */
function receivedBytes({ transport }: Engine): string {
  const { ws, pollXhr } = transport as TransportInsides // each is looked at before use
  return [ws?._socket?.bytesRead, pollXhr?._xhr?.response?.length].join()
}
