import type {
  AcquiredSession,
  AnyContract,
  CoreContract,
  Delivery,
  SessionMetadata,
} from '@yektayar/protocol'
import {
  checkMethods,
  checkMilliseconds,
  checkPath,
  isTransports,
  parseToken,
  refuseUnknown,
  requireObject,
} from './checkOptions.js'
import { copyFields } from './copyInput.js'
import { checkWait, invalidOption } from './invalidOption.js'
import { OUTBOX_MAX_AGE_MS, OUTBOX_MAX_BYTES, OUTBOX_MAX_ITEMS } from './limits.js'
import { parseServerUrl } from './serverUrl.js'
import type { UrlSource } from './serverUrl.js'
import { createTracer } from './trace.js'
import type { TraceEvent } from './trace.js'

/** A session token, or a function that is called before each attempt. */
export type TokenSource = string | (() => string | Promise<string>)

/** Why a session is acquired: there is none yet, it expires soon, or its token was rejected. */
export type AcquireReason = 'first' | 'expiring' | 'rejected'

/** The argument of an app's own `acquire` function. */
export interface AcquireContext {
  readonly reason: AcquireReason
  /** The session that is about to be replaced. */
  readonly previous: AcquiredSession | undefined
  /** Aborted when nobody waits for the session any more. */
  readonly signal: AbortSignal
}

/** One of Socket.IO's transports. */
export type TransportName = 'websocket' | 'polling'

const DAY_MS = 24 * 60 * 60_000

/** Options of a client. */
export interface YektaYarSocketOptions<Contract extends AnyContract = CoreContract> {
  /** The server's origin. @default the page's origin in a browser, else `http://localhost:3000` */
  url?: UrlSource | undefined
  /** Where the server has Socket.IO. @default '/socket.io' */
  path?: string | undefined
  /** What the server puts before the addresses of REST, as in `/v1/api/session`. @default '' */
  basePath?: string | undefined
  /** A token of the app's own: the client then acquires none, and stops when it is rejected. @default none */
  token?: TokenSource | undefined
  /** Metadata to send when a session is acquired, at most 2 KB. @default none */
  metadata?: SessionMetadata | undefined
  /** Acquires a session instead of `POST /api/session/acquire`. @default none */
  acquire?: ((context: AcquireContext) => AcquiredSession | Promise<AcquiredSession>) | undefined
  /** Whether to replace a session that ended or was rejected by a new one. @default true */
  replaceSession?: boolean | undefined
  /** How long before expiry a session is renewed; at most half its lifetime. @default 10 days */
  renewLeewayMs?: number | undefined
  /** Where an acquired session is kept. @default `localStorage` in a browser, else memory */
  storage?: SessionStorage | undefined
  /** Validates inputs before sending, and outputs and events on arrival. @default no validation */
  contract?: Contract | undefined
  /** Limits of the outbox, and whether it is stored beyond the page. @default in memory */
  outbox?: OutboxOptions | undefined
  /** The timeout of a call, including its wait for a connection. @default 10_000 */
  callTimeoutMs?: number | undefined
  /** The timeout of one attempt to connect, and of `connect()`. @default 20_000 */
  connectTimeoutMs?: number | undefined
  /** The first delay between attempts; it doubles with each. @default 1_000 */
  retryDelayMs?: number | undefined
  /** The longest delay between attempts. @default 15_000 */
  retryDelayMaxMs?: number | undefined
  /** Transports in the order in which they are tried. @default ['websocket', 'polling'] */
  transports?: readonly TransportName[] | undefined
  /** Whether the device has a network; without one the status is `offline`. @default navigator.onLine */
  isOnline?: (() => boolean) | undefined
  /** Replaces the global `fetch`. @default globalThis.fetch */
  fetch?: typeof globalThis.fetch | undefined
  /** Gets traces of what the client does, without payloads and tokens. @default none */
  onTrace?: ((trace: TraceEvent) => void) | undefined
}

/** Options of a client's outbox. */
export interface OutboxOptions {
  /** Stores items, encrypted, until this page or a later one delivers them. @default none */
  persist?: 'indexeddb' | undefined
  /** The maximum number of unfinished items; one more is refused. @default 1_000 */
  maxItems?: number | undefined
  /** The maximum size of all unfinished items, in bytes. @default 5 MiB */
  maxBytes?: number | undefined
  /** How long an item may wait before it fails. @default 7 days */
  maxAgeMs?: number | undefined
}

/**
 * A storage for sessions beyond the lifetime of the page. The result of `get` is validated. Methods
 * may be asynchronous and may fail; the client then continues with the session in memory.
 */
export interface SessionStorage {
  get(key: string): unknown
  set(key: string, value: string): void | Promise<void>
  remove(key: string): void | Promise<void>
}

/** Options of one `connect()`. */
export interface ConnectOptions {
  /** The server's origin. @default the last one, at first the client's `url` option */
  url?: UrlSource | undefined
  /** The app's own token. @default the last one, at first the client's `token` option */
  token?: TokenSource | undefined
  /** How long to wait; attempts continue after that. @default the client's `connectTimeoutMs` */
  timeoutMs?: number | undefined
  /** Cancels and returns to `idle`, unless it is connected by then. @default none */
  signal?: AbortSignal | undefined
}

/** Options of one call. */
export interface CallOptions {
  /**
   * The timeout, including the wait for a connection.
   * @default the client's `callTimeoutMs`; for a `once` command, the `maxAgeMs` of the outbox
   */
  timeoutMs?: number | undefined
  /** Cancels the call; the command may have run by then. @default none */
  signal?: AbortSignal | undefined
  /** `once` sends the command through the outbox. @default the delivery in the contract */
  delivery?: Delivery | undefined
}

/** The client's options with their defaults filled in. */
export type ResolvedOptions = ReturnType<typeof resolveOptions>

/**
 * Checks a client's options and fills in the defaults.
 *
 * @throws {YektaYarError} `invalid_options`
 */
export function resolveOptions(options: YektaYarSocketOptions<AnyContract>) {
  requireObject('options', options)
  const {
    callTimeoutMs = 10_000,
    connectTimeoutMs = 20_000,
    retryDelayMs = 1_000,
    retryDelayMaxMs = 15_000,
    renewLeewayMs = 10 * DAY_MS,
    replaceSession = true,
    transports = ['websocket', 'polling'],
    path = '/socket.io',
    basePath = '',
  } = options
  const times = { callTimeoutMs, connectTimeoutMs, retryDelayMs, retryDelayMaxMs, renewLeewayMs }
  checkMilliseconds(times)
  const { url, token, metadata, acquire, storage, contract, isOnline, fetch, onTrace, outbox } =
    options
  if (contract) checkMethods('contract', contract, ['check'], 'what extendContract() returns')
  if (storage)
    checkMethods('storage', storage, ['get', 'set', 'remove'], 'webStorage() or the like')
  if (!isTransports(transports)) {
    throw invalidOption('transports', "['websocket', 'polling'] or one of them", String(transports))
  }
  for (const [name, value] of Object.entries({ acquire, isOnline, fetch, onTrace })) {
    const kind = typeof value
    if (kind !== 'undefined' && kind !== 'function') throw invalidOption(name, 'a function', kind)
  }
  const resolved = {
    url: checkUrl(url),
    path: checkPath('path', path),
    basePath: checkPath('basePath', basePath),
    token: checkToken(token),
    metadata: readMetadata(metadata),
    acquire,
    replaceSession,
    storage,
    contract,
    isOnline,
    fetch,
    onTrace,
    transports,
    outbox: resolveOutbox(outbox),
    ...times,
  }
  refuseUnknown(options, resolved)
  return { ...resolved, trace: createTracer(onTrace) }
}

/** What is flat enough is up to the server. */
function readMetadata(metadata: SessionMetadata | null | undefined): SessionMetadata | undefined {
  if (metadata === undefined || metadata === null) return undefined
  return copyFields('metadata', metadata, 'invalid_options') as SessionMetadata // by its type
}

function resolveOutbox(options: OutboxOptions = {}) {
  requireObject('outbox', options)
  const {
    persist,
    maxItems = OUTBOX_MAX_ITEMS,
    maxBytes = OUTBOX_MAX_BYTES,
    maxAgeMs = OUTBOX_MAX_AGE_MS,
  } = options
  checkMilliseconds({ maxItems, maxBytes, maxAgeMs })
  if (![undefined, 'indexeddb'].includes(persist))
    throw invalidOption('persist', "'indexeddb'", String(persist))
  const resolved = { persist, maxItems, maxBytes, maxAgeMs }
  refuseUnknown(options, resolved)
  return resolved
}

/**
 * Reads the argument of `connect()`.
 *
 * @throws {YektaYarError} `invalid_options`
 */
export function readConnectOptions(
  urlOrOptions: string | ConnectOptions,
  { connectTimeoutMs }: ResolvedOptions,
): ConnectOptions {
  const given = typeof urlOrOptions === 'string' ? { url: urlOrOptions } : urlOrOptions
  requireObject('options', given)
  const { url, token, timeoutMs = connectTimeoutMs, signal } = given
  checkMilliseconds({ timeoutMs })
  checkWait(timeoutMs, signal)
  const read = { url: checkUrl(url), token: checkToken(token), timeoutMs, signal }
  refuseUnknown(given, read)
  return read
}

/** Normalizes a fixed address; a function is checked when it answers. */
function checkUrl(url: UrlSource | undefined): UrlSource | undefined {
  return url === undefined || typeof url === 'function' ? url : parseServerUrl(url)
}

/** Refuses an invalid fixed token; the result of a function is checked later. */
function checkToken(token: TokenSource | undefined): TokenSource | undefined {
  return token === undefined || typeof token === 'function' ? token : parseToken(token)
}
