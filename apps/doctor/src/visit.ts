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
  /** Where the server has Socket.IO. @default '/socket.io' */
  readonly path?: string | undefined
  /** What the server puts before the addresses of REST, as in `/v1/api`. @default '' */
  readonly basePath?: string | undefined
  /** Tests as a browser page of this origin would. @default none */
  readonly origin?: string | undefined
  /** A session token to test. @default a new one is acquired */
  readonly token?: string | undefined
  /** The timeout of each check, in milliseconds. @default 5_000 */
  readonly timeoutMs?: number | undefined
  /** The local clock, in milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined
}

/** A request of one examination. */
export interface VisitRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The default timeout of each check, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 5_000

/** The state of one examination, to which each step adds. */
export class Visit {
  /** The address as it was given, without a slash at the end; may have a path, which clients take none of. */
  readonly base: string
  /** The server's address for clients, without a path. */
  readonly address: string
  /** Where the server has Socket.IO, without a slash at the end. */
  readonly path: string
  /** What comes before the addresses of REST, without a slash at the end. */
  readonly basePath: string
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
  /** The connected client, after the connection was tested. */
  client: YektaYarSocket | undefined

  constructor(options: ExamineOptions) {
    const { url, path = '/socket.io', basePath = '', origin, token, timeoutMs, now } = options
    const parsed = new URL(url)
    this.address = parsed.origin
    this.base = parsed.origin + withoutSlash(parsed.pathname)
    this.path = withoutSlash(path)
    this.basePath = withoutSlash(basePath)
    this.pageOrigin = origin
    this.token = token
    this.timeoutMs = timeoutMs ?? DEFAULT_TIMEOUT_MS
    this.now = now ?? Date.now
  }

  /** Where clients look for a route of REST. */
  rest(route: string): string {
    return this.address + this.basePath + route
  }

  /** Sends a request to the server; the caller adds the page's origin if needed. */
  request(url: string, options: VisitRequest = {}): Promise<Reply> {
    return request(url, { ...options, timeoutMs: this.timeoutMs, now: this.now })
  }

  /** The headers that a page of the tested origin would send. */
  pageHeaders(): Record<string, string> {
    return this.pageOrigin === undefined ? {} : { origin: this.pageOrigin }
  }

  explain(code: CauseCode, betterAddress?: string): Cause {
    const { address, path, basePath, pageOrigin } = this
    return explain(code, { address, path, basePath, pageOrigin, betterAddress })
  }
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '')
}
