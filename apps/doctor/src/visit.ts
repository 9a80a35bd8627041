import type { YektaYarSocket } from '@yektayar/client'
import { explain } from './causes.js'
import type { Cause, CauseCode } from './causes.js'
import type { Facts } from './report.js'
import { request } from './request.js'
import type { Reply } from './request.js'

/** What to examine, and how. */
export interface ExamineOptions {
  /** The server's address, as the user gave it. */
  readonly url: string
  /** Tests as a browser page of this origin would. @default none */
  readonly origin?: string | undefined
  /** A session token to test. @default one is acquired */
  readonly token?: string | undefined
  /** How long each check may take. @default 5_000 */
  readonly timeoutMs?: number | undefined
  /** The local clock, in milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined
}

/** A request of one visit. */
export interface VisitRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** How long each check may take unless told, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 5_000

/** What one examination knows so far; its steps add to it, one after the other. */
export class Visit {
  /** Where REST is looked for, without a slash at the end; may have a path. */
  readonly base: string
  /** The server's address as clients take it, without a path. */
  readonly address: string
  readonly pageOrigin: string | undefined
  readonly timeoutMs: number
  readonly now: () => number
  readonly facts: Facts = {
    server: null,
    token: null,
    expiresAt: null,
    clockSkewMs: null,
    roundTripMs: null,
    transports: { websocket: 'skipped', polling: 'skipped' },
  }
  token: string | undefined
  /** Connected, once the connection was tested. */
  client: YektaYarSocket | undefined

  constructor({ url, origin, token, timeoutMs, now }: ExamineOptions) {
    const parsed = new URL(url)
    this.address = parsed.origin
    this.base = parsed.origin + parsed.pathname.replace(/\/+$/, '')
    this.pageOrigin = origin
    this.token = token
    this.timeoutMs = timeoutMs ?? DEFAULT_TIMEOUT_MS
    this.now = now ?? Date.now
  }

  /** Asks the server; with the page's origin only where the caller adds it. */
  request(url: string, options: VisitRequest = {}): Promise<Reply> {
    return request(url, { ...options, timeoutMs: this.timeoutMs, now: this.now })
  }

  /** The headers by which a page of the tried origin would be known. */
  pageHeaders(): Record<string, string> {
    return this.pageOrigin === undefined ? {} : { origin: this.pageOrigin }
  }

  explain(code: CauseCode, betterAddress?: string): Cause {
    return explain(code, { address: this.address, pageOrigin: this.pageOrigin, betterAddress })
  }
}
