import { RACE_DELAY_MS, RACE_DELAY_SILENT_MS } from '../shared/limits.js'
import type { TransportName } from '../shared/options.js'

/** In which order transports are begun, by what has become of them since the client was made. */
export class TransportOrder {
  readonly #transports: readonly TransportName[]
  #isWebSocketSilent = false
  #isWebSocketAvoided = false

  constructor(transports: readonly TransportName[]) {
    this.#transports = transports
  }

  get names(): readonly TransportName[] {
    if (!this.#isWebSocketAvoided) return this.#transports
    return [...this.#transports].sort((a, b) => rank(a) - rank(b))
  }

  /** Whether a connection may go on over the transports behind its own. */
  get isUpgrading(): boolean {
    return !this.#isWebSocketAvoided
  }

  /** How long a transport may take before the next one is begun beside it, in milliseconds. */
  get delayMs(): number {
    return this.#isWebSocketSilent && !this.#isWebSocketAvoided
      ? RACE_DELAY_SILENT_MS
      : RACE_DELAY_MS
  }

  /** The server was reached over one transport, while others may not have answered. */
  admitted(name: string, isWebSocketPending: boolean): void {
    this.#isWebSocketAvoided = false
    if (name === 'websocket') this.#isWebSocketSilent = false
    else if (isWebSocketPending) this.#isWebSocketSilent = true
  }

  /** Nothing was admitted in time: the next attempt begins with another transport, where there is one. */
  rotate(): void {
    this.#isWebSocketAvoided = !this.#isWebSocketAvoided
  }

  /** A WebSocket was lost soon: the next connection begins with polling, if the options have it. */
  avoidWebSocket(): void {
    this.#isWebSocketSilent = true
    this.#isWebSocketAvoided = true
  }
}

function rank(name: TransportName): number {
  return name === 'websocket' ? 1 : 0
}
