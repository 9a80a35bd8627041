import { DEFAULT_URL } from '@yektayar/protocol'
import { invalidOption } from './invalidOption.js'
import { resolveSource } from './resolveSource.js'

/** A server's address, or a function that is asked again before each attempt. */
export type UrlSource = string | (() => string | Promise<string>)

/**
 * Reduces an address to its origin; `ws:` counts as `http:`.
 *
 * @throws {YektaYarError} `invalid_options` unless it is the origin of an HTTP server, without a path
 */
export function parseServerUrl(value: unknown): string {
  try {
    const { href, origin } = new URL(String(value).replace(/^ws/, 'http'))
    if (href === `${origin}/` && origin.startsWith('http')) return origin
  } catch {
    // not a URL at all: refused below like one that is not an origin
  }
  throw invalidOption('url', 'an origin')
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

/** The page's own server in a browser, else the one that `npm start` runs. */
function defaultServerUrl(): string {
  const origin = (globalThis as { location?: Location }).location?.origin
  return origin?.startsWith('http') ? origin : DEFAULT_URL
}
