import { OptionError } from './optionError.js'

/** Who may call from a browser. */
export interface OriginPolicyOptions {
  /** Exact origins such as `https://app.example.org`, or `['*']` for all. @default [] */
  corsOrigins?: readonly string[] | undefined
  /** Whether browsers may send cookies along; impossible together with `*`. @default false */
  corsCredentials?: boolean | undefined
  /** Whether any port of this machine counts as listed, as a developer expects. @default false */
  allowLoopbackOrigins?: boolean | undefined
}

/** Decides on one request: by its `Origin` header, absent outside browsers, and its `Host` header. */
export type OriginPolicy = (origin: string | undefined, host: string | undefined) => boolean

/**
 * Builds the one rule for REST and both socket transports: no origin, the own origin, and the listed.
 *
 * @throws {OptionError} for `*` together with credentials, and for an entry that is not an origin
 */
export function createOriginPolicy(options: OriginPolicyOptions = {}): OriginPolicy {
  const { corsOrigins = [], corsCredentials = false, allowLoopbackOrigins = false } = options
  const allowsAll = corsOrigins.includes('*')
  if (allowsAll && corsCredentials) {
    throw new OptionError('corsOrigins "*" cannot be combined with credentials: list the origins')
  }
  const listed = new Set(corsOrigins.filter((entry) => entry !== '*').map(parseOrigin))

  return (origin, host) => {
    if (origin === undefined || allowsAll || listed.has(origin)) return true
    const url = tryParse(origin)
    if (!url) return false
    return url.host === host || (allowLoopbackOrigins && isLoopback(url.hostname))
  }
}

function parseOrigin(entry: string): string {
  const url = tryParse(entry)
  if (url?.origin !== entry.replace(/\/$/, '')) {
    throw new OptionError(
      `corsOrigins has "${entry}"; allowed: "*" or an origin like https://app.org`,
    )
  }
  return url.origin
}

function tryParse(origin: string): URL | undefined {
  return URL.canParse(origin) ? new URL(origin) : undefined
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
