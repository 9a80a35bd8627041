import type { Socket } from 'socket.io-client'
import { PROBE_TIMEOUT_MS } from '../shared/limits.js'

type Engine = Socket['io']['engine']

/**
 * Probes whether a silent connection is alive: it is if anything arrives during the probe. So a
 * slow and busy connection is never mistaken for a dead one. One probe runs at a time.
 */
export class LinkProbe {
  #end: (() => void) | undefined

  /**
   * Starts a probe, unless one is running.
   *
   * @param ask makes the server send something
   * @param onDead called when nothing has arrived in time
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

  /** Ends a running probe, since the connection has ended. */
  end(): void {
    this.#end?.()
  }
}

/** Parts of Engine.IO's transports that are missing in its types and on some platforms. */
interface TransportInsides {
  /** In Node, a WebSocket of `ws` over a TCP socket. */
  readonly ws?: { readonly _socket?: { readonly bytesRead?: number } | null } | null
  /** The poll that waits for packets, and the part of its answer that has arrived. */
  readonly pollXhr?: { readonly _xhr?: { readonly response?: ArrayLike<unknown> | null } | null }
}

/** A value that changes when a part of a packet arrives, on platforms where that is visible. */
function receivedBytes({ transport }: Engine): string {
  const { ws, pollXhr } = transport as TransportInsides // each is checked
  return [ws?._socket?.bytesRead, pollXhr?._xhr?.response?.length].join()
}
