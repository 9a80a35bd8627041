import { OptionError } from './optionError.js'
import { shownUrl } from './shownUrl.js'

/** The origin of a page without one of its own, such as a file or a sandboxed frame. */
export const OPAQUE_ORIGIN = 'null'

/** The first label of a host that stands for any one label. */
const ANY_LABEL = '*.'
/** Stands in for it while the rest is parsed; a label that no URL changes. */
const PLACEHOLDER = 'any-label.'

/** Those of these have another host on each device: extensions of Firefox and Safari, views in VS Code. */
const ANY_HOST = /^(moz-extension|safari-web-extension|vscode-webview):\/\//

/** A browser gives an origin of these its one spelling. */
const webSchemes: ReadonlySet<string> = new Set(['http:', 'https:'])

/** These never are the origin of a page; an entry with one would allow nobody. */
const NO_ORIGIN = /^(?:wss?|ftp|data|blob|about|javascript):/

/** `scheme://host`, with a port or without; only a file has no host. */
const OTHER_ORIGIN = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/?#@\s*,\\]+|file:\/\/)$/

/** Origins of an option, ready to be looked up. */
export interface OriginList {
  readonly allowsAll: boolean
  /** Whether an origin, as its header spells it, is one of the list. */
  has(this: void, origin: string): boolean
}

/**
 * Reads a list of origins: `https://app.example.org`, `https://*.example.org` for any one label,
 * those of app shells such as `capacitor://localhost`, `moz-extension://*`, `null`, or `*` for all.
 *
 * @throws {OptionError} for an entry that is none of these
 */
export function readOrigins(entries: readonly string[]): OriginList {
  const exact = new Set<string>()
  const wildcards = new Set<string>()
  let allowsAll = false
  for (const entry of entries) {
    if (entry === '*') allowsAll = true
    else if (entry.includes('*')) wildcards.add(readWildcard(entry))
    else exact.add(entry === OPAQUE_ORIGIN ? entry : readOrigin(entry))
  }
  return {
    allowsAll,
    has: (header) => {
      if (exact.has(header)) return true
      const origin = originOfHeader(header)
      if (origin === undefined || origin.includes('*')) return false
      return exact.has(origin) || (wildcards.size > 0 && wildcards.has(withAnyLabel(origin)))
    },
  }
}

/**
 * The origin that a header names, in the spelling in which lists keep it; `undefined` for what is
 * none. A browser spells those of the web in one way only; app shells have no such rule for theirs.
 */
export function originOfHeader(header: string): string | undefined {
  const origin = spelledOnce(header)
  const isWeb = /^https?:/i.test(header)
  return isWeb && origin !== header ? undefined : origin
}

function readOrigin(entry: string): string {
  const origin = spelledOnce(entry.replace(/\/$/, '')) ?? spelledOnce(entry)
  if (origin !== undefined) return origin
  throw new OptionError(
    `corsOrigins has "${shownUrl(entry)}"; allowed: an origin like https://app.org, https://*.app.org or ` +
      'capacitor://localhost, "null", or "*"',
  )
}

function readWildcard(entry: string): string {
  const anyHost = anyHostOf(entry.toLowerCase())
  if (entry.toLowerCase() === anyHost) return anyHost
  const [scheme = '', host = ''] = entry.split('://')
  const origin = host.startsWith(ANY_LABEL) ? host.slice(ANY_LABEL.length) : '*'
  const read = origin.includes('*')
    ? undefined
    : spelledOnce(`${scheme}://${PLACEHOLDER}${origin}`.replace(/\/$/, ''))
  const rest = read?.split(PLACEHOLDER)[1]?.replace(/:\d+$/, '') ?? ''
  if (read !== undefined && (rest.includes('.') || rest === 'localhost')) {
    return read.replace(PLACEHOLDER, ANY_LABEL)
  }
  throw new OptionError(
    `corsOrigins has "${shownUrl(entry)}"; allowed: * for the first label, as in https://*.example.org`,
  )
}

/** An origin with the first label of its host replaced by the one that stands for any. */
function withAnyLabel(origin: string): string {
  return anyHostOf(origin) ?? origin.replace(/:\/\/[a-z0-9_-]+\./, `://${ANY_LABEL}`)
}

/** The entry for every host of an origin's scheme, where there is one. */
function anyHostOf(origin: string): string | undefined {
  const [start] = ANY_HOST.exec(origin) ?? []
  return start && `${start}*`
}

/** The one spelling of an origin: small letters, no default port, international names in ASCII. */
function spelledOnce(text: string): string | undefined {
  if (URL.canParse(text)) {
    const { protocol, href, origin } = new URL(text)
    if (webSchemes.has(protocol))
      return href === `${origin}/` && !text.endsWith('/') ? origin : undefined
  }
  const spelled = text.toLowerCase()
  if (/^https?:/.test(spelled) || NO_ORIGIN.test(spelled)) return undefined
  return OTHER_ORIGIN.test(spelled) ? spelled : undefined
}
