import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { Socket } from 'node:net'
import { countedAddress } from './clientAddress.js'
import type { ClientAddress } from './clientAddress.js'
import { isA } from './isA.js'
import { OptionError } from './optionError.js'
import { OPAQUE_ORIGIN, originOfHeader, readOrigins } from './originPattern.js'
import type { RefusalLog } from './refusalLog.js'
import { shownUrl } from './shownUrl.js'

/** Says whether an origin may call, as the browser spells it: `https://app.example.org`, or `null`. */
export type OriginFunction = (origin: string) => boolean

/** Who may call from a browser. */
export interface OriginPolicyOptions {
  /**
   * Origins such as `https://app.example.org`, `https://*.example.org` for any one label, or
   * `capacitor://localhost`; `'null'` for pages without an origin, `['*']` for all. Or a function that
   * is asked for each request, and allows by `true`. @default []
   */
  corsOrigins?: readonly string[] | OriginFunction | undefined
  /** Whether browsers may send cookies along; impossible together with `*` and `null`. @default false */
  corsCredentials?: boolean | undefined
  /** Whether any port of this machine counts as listed, as a developer expects. @default true in development */
  allowLoopbackOrigins?: boolean | undefined
  /** The server's own public origins, such as `https://care.example.org`. @default [] */
  publicUrls?: readonly string[] | undefined
}

/** The same, with the host that a server listens on. */
export interface ListeningOptions extends OriginPolicyOptions {
  /** The host name or address that the server listens on, if known. */
  host?: string | undefined
}

/** The part of a request that decides whether its origin is allowed. */
export type OriginRequest = Pick<IncomingMessage, 'headers' | 'socket'>

/** Decides on one request by its `Origin` header, which is absent outside browsers. */
export type OriginPolicy = (request: OriginRequest) => boolean

/** How much of a header the log shows, since any client can set it. */
const MAX_LOGGED_LENGTH = 200

/** How to allow an origin that was refused. */
export const ORIGIN_HINT =
  'If this is the address of the server, add it to PUBLIC_URL; if another site, to CORS_ORIGIN'

/**
 * Builds the rule for REST and both socket transports. It allows requests without an origin, from
 * the server's own origin, and from listed origins.
 *
 * A name in the `Host` header does not prove an own origin, since anybody can point a DNS name at
 * this server (DNS rebinding). An IP address in it does.
 *
 * @param onFailure told what the app's own function threw, or answered that is no boolean
 * @throws {OptionError} for `*` or `null` together with credentials, and for an entry that is not an origin
 */
export function createOriginPolicy(
  options: ListeningOptions = {},
  onFailure: (error: unknown) => void = () => undefined,
): OriginPolicy {
  const { corsOrigins = [], corsCredentials = false, allowLoopbackOrigins = false } = options
  const { publicUrls = [], host = '' } = options
  const isListed = whoIsListed(corsOrigins, corsCredentials, onFailure)
  const own = new Set(publicUrls.map(readPublicUrl))

  return ({ headers, socket }) => {
    const { origin } = headers
    if (origin === undefined || own.has(origin) || isListed(origin)) return true
    if (originOfHeader(origin) === undefined) return false // no browser spells it like this
    const url = tryParse(origin)
    if (!url) return false
    if (allowLoopbackOrigins && isLoopback(url.hostname)) return true
    return isListening(origin, socket, host) || isAddressOf(url, hostOf(headers), socket)
  }
}

/** Looks origins up in the list, or asks the app. */
function whoIsListed(
  corsOrigins: readonly string[] | OriginFunction,
  corsCredentials: boolean,
  onFailure: (error: unknown) => void,
): (origin: string) => boolean {
  if (typeof corsOrigins === 'function') {
    return (origin) =>
      !(corsCredentials && origin === OPAQUE_ORIGIN) && asks(corsOrigins, origin, onFailure)
  }
  const { allowsAll, has } = readOrigins(corsOrigins)
  if (corsCredentials && (allowsAll || has(OPAQUE_ORIGIN))) {
    const name = allowsAll ? '*' : OPAQUE_ORIGIN
    throw new OptionError(
      `corsOrigins "${name}" cannot be combined with credentials: list the origins`,
    )
  }
  return (origin) => allowsAll || has(origin)
}

/** Only `true` allows: what an app's function throws or answers beside it is no permission. */
function asks(
  isAllowed: OriginFunction,
  origin: string,
  onFailure: (error: unknown) => void,
): boolean {
  try {
    const answer: unknown = isAllowed(origin)
    if (typeof answer === 'boolean') return answer
    if (isA(answer, Promise)) answer.catch(() => undefined)
    throw new TypeError(`corsOrigins answered ${describe(answer)}; allowed: true or false`)
  } catch (error) {
    onFailure(error)
    return false
  }
}

function describe(value: unknown): string {
  return isA(value, Promise) ? 'a promise' : typeof value
}

/** The same rule, with a line in the log for what it refuses. */
export function logRefusedOrigins(
  isAllowed: OriginPolicy,
  addressOf: ClientAddress,
  logRefusal: RefusalLog,
): (request: IncomingMessage) => boolean {
  return (request) => {
    if (isAllowed(request)) return true
    const address = addressOf(request)
    const { origin = '' } = request.headers
    const host = hostOf(request.headers) ?? ''
    const fields = {
      address,
      origin: origin.slice(0, MAX_LOGGED_LENGTH),
      host: host.slice(0, MAX_LOGGED_LENGTH),
    }
    logRefusal(`origin ${countedAddress(address)}`, fields, `origin refused. ${ORIGIN_HINT}`)
    return false
  }
}

/** The host that a request is for; HTTP/2 has `:authority` instead of `Host`. */
function hostOf(headers: IncomingMessage['headers']): string | undefined {
  const authority = headers[':authority']
  return headers.host ?? (typeof authority === 'string' ? authority : undefined)
}

/**
 * Reads an address by which the server is reached.
 *
 * @throws {OptionError}
 */
export function readPublicUrl(entry: string): string {
  const url = tryParse(entry)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (!url || !isWeb || url.href !== `${url.origin}/`) {
    throw new OptionError(
      `publicUrls has "${shownUrl(entry)}"; allowed: an origin like https://app.org, without a path`,
    )
  }
  return url.origin
}

/** Whether an origin is the address that the server listens on. */
function isListening(origin: string, socket: Socket, host: string): boolean {
  const { localAddress = '', localPort } = socket
  if (localPort === undefined) return false
  const address = localAddress.replace(/^::ffff:(?=\d+\.)/i, '')
  const names = [host, address, isLoopback(address) ? 'localhost' : '']
  return names
    .filter((name) => name !== '')
    .some((name) => originOf(`${toHostname(name)}:${String(localPort)}`, socket) === origin)
}

/** Whether an origin is an IP address and equals the `Host` header. Only names can be rebound. */
function isAddressOf(url: URL, host: string | undefined, socket: Socket): boolean {
  if (host === undefined || isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0) return false
  return originOf(host, socket) === url.origin
}

/** The origin of a host, with the scheme of this connection. */
function originOf(host: string, socket: Socket): string | undefined {
  const url = tryParse(`${'encrypted' in socket ? 'https' : 'http'}://${host}`)
  return url?.href === `${url?.origin ?? ''}/` ? url.origin : undefined
}

function toHostname(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address
}

function tryParse(origin: string): URL | undefined {
  return URL.canParse(origin) ? new URL(origin) : undefined
}

/** Whether a host name or address means this machine. */
export function isLoopback(host: string): boolean {
  const hostname = tryParse(`http://${toHostname(host)}`)?.hostname ?? host
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
