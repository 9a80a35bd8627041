import type { Direction } from './faultPipe.js'
import type { WebTraffic } from './faultWeb.js'
import type { Span } from './span.js'

/** One fault, as it begins. */
export type Fault =
  | { readonly kind: 'reset' }
  | { readonly kind: 'drop'; readonly forMs: number }
  | { readonly kind: 'stall'; readonly direction: Direction | 'both'; readonly forMs: number }
  | { readonly kind: 'silent'; readonly direction: Direction | 'both'; readonly forMs: number }
  | { readonly kind: 'halfClose'; readonly direction: Direction }
  | { readonly kind: 'hang'; readonly traffic: WebTraffic }
  | { readonly kind: 'swallow'; readonly traffic: WebTraffic; readonly afterBytes: number }
  | { readonly kind: 'buffer' }
  | { readonly kind: 'captivePortal' }

/** How long connections are closed. */
export interface DropOptions {
  /** New ones are closed too for as long. @default 0 */
  forMs?: number | undefined
}

/** What no byte passes, and how long. */
export interface StallOptions {
  /** @default 'both' */
  direction?: Direction | 'both' | undefined
  /** A later stall of the same direction ends when it says. @default Infinity, until `heal()` */
  forMs?: number | undefined
}

/** Which bytes are swallowed, and how long. */
export interface SilentOptions {
  /** @default 'both' */
  direction?: Direction | 'both' | undefined
  /**
   * How long new connections are silent from their start; those that are open stay silent until they
   * close. @default Infinity, until `heal()`
   */
  forMs?: number | undefined
}

/** Which requests are never answered. */
export interface HangOptions {
  /** Upgrades to WebSocket, or every request. @default 'websocket' */
  traffic?: WebTraffic | undefined
}

/** Which answers are swallowed, and how much of each passes. */
export interface SwallowOptions extends HangOptions {
  /** Bytes that pass after the head of the answer, such as `101 Switching Protocols`. @default 0 */
  afterBytes?: number | undefined
}

/** What can go wrong, to all connections at once. */
export interface Faults {
  /** Ends all connections by RST. */
  reset(): void
  /** Closes all connections, and for a while each new one. */
  drop(options?: DropOptions): void
  /** Lets no byte pass for a while, of connections to come neither. */
  stall(options?: StallOptions): void
  /**
   * Swallows every byte from now on, and the end of a connection too, as a network does that has
   * forgotten it: nobody hears of it.
   */
  silent(options?: SilentOptions): void
  /** Ends one way of all connections, whose reader sees the end, and leaves the other. */
  halfClose(direction: Direction): void
  /** Lets bytes arrive later from now on; 0 for at once. */
  delay(delayMs: Span): void
  /** Passes on so many bytes at a time from now on; undefined for all that there are. */
  slice(sliceBytes: Span | undefined): void
  /** Passes on at most so many bytes a second, each way of each connection; undefined for all. */
  throttle(bytesPerSecond: number | undefined): void
  /**
   * Ends one way of each connection, as `halfClose()` does, once so many more bytes have passed;
   * connections to come count from their start. undefined for never.
   */
  cutAfter(bytes: number | undefined, direction: Direction): void
  /** Ends each connection on which nothing has passed for so long, in milliseconds; undefined for never. */
  cutIdle(afterMs: number | undefined): void
  /** Lets requests go nowhere until `heal()`, as a network does that swallows upgrades. HTTP without TLS. */
  hang(options?: HangOptions): void
  /**
   * Passes the beginning of each answer until `heal()`, and then nothing any more, either way: a WebSocket
   * that is granted and silent. HTTP without TLS.
   */
  swallow(options?: SwallowOptions): void
  /** Holds each answer back until it is complete, which a WebSocket's never is. HTTP without TLS. */
  buffer(): void
  /** Answers each request of a new connection with a page and 200 until `heal()`. HTTP without TLS. */
  captivePortal(html?: string): void
  /** Ends all that lasts, the plan too: from now on nothing goes wrong, but what is silent stays so. */
  heal(): void
}
