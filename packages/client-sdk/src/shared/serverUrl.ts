import { DEFAULT_URL } from '@yektayar/protocol'
import { invalidOption } from './invalidOption.js'
import { facility } from './platform.js'
import { resolveSource } from './resolveSource.js'

/** A server's address, or a function that is called before each attempt. */
export type UrlSource = string | (() => string | Promise<string>)

/**
 * Reduces an address to its origin; `ws:` counts as `http:`.
 *
 * @throws {YektaYarError} `invalid_options` unless it is the origin of an HTTP server, without a path
 */
export function parseServerUrl(value: unknown): string {
  const address = String(value).replace(/^ws/, 'http')
  const { href, origin } = facility(() => originOf(address)) ?? {}
  if (origin?.startsWith('http') && href === `${origin}/`) return origin
  throw invalidOption('url', 'an origin')
}

/** In React Native, `URL` says nothing of what it was made of: then only plain origins are told. */
function originOf(address: string): { href: string; origin: string } {
  if (facility(() => new URL(DEFAULT_URL).origin) !== undefined) return new URL(address)
  const [, origin = ''] = /^(https?:\/\/[\w.:[\]-]+)\/?$/.exec(address) ?? []
  return { href: `${origin}/`, origin }
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
