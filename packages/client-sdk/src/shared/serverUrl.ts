import { DEFAULT_URL } from '@yektayar/protocol'
import { invalidOption } from './invalidOption.js'
import { facility } from './platform.js'
import { resolveSource } from './resolveSource.js'

/** A scheme and a host with a port or without, and nothing else. */
const ORIGIN = /^(https?:\/\/[^/?#@\s\\]+)\/?$/i

/** A server's address, or a function that is called before each attempt. */
export type UrlSource = string | (() => string | Promise<string>)

/**
 * Reduces an address to its origin; `ws:` counts as `http:`.
 *
 * @throws {YektaYarError} `invalid_options` unless it is the origin of an HTTP server, without a path
 */
export function parseServerUrl(value: unknown): string {
  const given = String(value)
  const [, address = ''] = ORIGIN.exec(given.replace(/^ws/, 'http')) ?? []
  const origin = canParse() ? facility(() => new URL(address).origin) : address
  if (origin) return origin
  throw invalidOption('url', 'an origin like https://app.org', given)
}

/** In React Native, `URL` says nothing of what it was made of: then an address is left as it is. */
function canParse(): boolean {
  return facility(() => new URL(DEFAULT_URL).origin) !== undefined
}

/**
 * The origin to connect to now.
 *
 * @throws {YektaYarError} `invalid_options` for an address that cannot work, `callback_failed` when
 * the app's function failed or answered one
 */
export function resolveServerUrl(url: UrlSource | undefined): Promise<string> {
  return resolveSource('url', url ?? defaultServerUrl(), parseServerUrl)
}

/** The page's own server in a browser, otherwise the server that `npm start` runs. */
function defaultServerUrl(): string {
  const origin = facility(() => location.origin)
  return origin?.startsWith('http') ? origin : DEFAULT_URL
}
