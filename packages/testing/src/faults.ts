import type { Direction } from './faultPipe.js'
import type { WebTraffic } from './faultWeb.js'
import type { Span } from './span.js'

/** One fault, at its start. */
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
  /** How long new connections are closed as well. @default 0 */
  forMs?: number | undefined
}

/** The direction and duration of a stall. */
export interface StallOptions {
  /** @default 'both' */
  direction?: Direction | 'both' | undefined
  /** A later stall of the same direction replaces this time. @default Infinity, until `heal()` */
  forMs?: number | undefined
}

/** The direction and duration of silence. */
export interface SilentOptions {
  /** @default 'both' */
  direction?: Direction | 'both' | undefined
  /**
   * How long new connections are silent from their start. Open connections stay silent until they
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
  /** Closes all connections, and for a while every new one. */
  drop(options?: DropOptions): void
  /** Holds all bytes for a while, also those of new connections. */
  stall(options?: StallOptions): void
  /**
   * Drops all bytes from now on, and also the end of a connection, like a network that has lost its
   * state: neither side gets a sign.
   */
  silent(options?: SilentOptions): void
  /** Ends one direction of all connections: its reader sees the end. The other stays open. */
  halfClose(direction: Direction): void
  /** Delays bytes from now on; 0 for no delay. */
  delay(delayMs: Span): void
  /** Passes on this many bytes at a time from now on; `undefined` for all. */
  slice(sliceBytes: Span | undefined): void
  /** Limits the bytes per second in each direction of each connection; `undefined` for no limit. */
  throttle(bytesPerSecond: number | undefined): void
  /**
   * Ends one direction of each connection, like `halfClose()`, after this many more bytes. New
   * connections count from their start. `undefined` for never.
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
