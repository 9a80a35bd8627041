import { parseArgs } from 'node:util'
import { closest, distance } from 'fastest-levenshtein'
import { UsageError } from './usageError.js'

/** The parsed command line. */
export interface Arguments {
  readonly url: string
  readonly path: string | undefined
  readonly basePath: string | undefined
  readonly origin: string | undefined
  readonly token: string | undefined
  readonly timeoutMs: number | undefined
  /** `pretty` needs a terminal; without one it becomes `plain`. */
  readonly format: 'pretty' | 'plain' | 'json'
  /** What to show instead of an examination. */
  readonly show: 'help' | 'version' | undefined
}

const DEFAULT_URL = 'http://localhost:3000'
/** Of an app shell or an extension, such as `capacitor://localhost`. */
const APP_ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]*$/
/** Segments of a path, as the server and its clients take them. */
const PATH = /^(?:\/[\w.~-]+)*\/?$/
const MAX_TIMEOUT_SECONDS = 300
/** An option that takes more changes than this is another word, not a slip. */
const MAX_CHANGES = 2
const MAX_NAME_LENGTH = 50

const options = {
  path: { type: 'string' },
  'base-path': { type: 'string' },
  origin: { type: 'string' },
  token: { type: 'string' },
  timeout: { type: 'string' },
  ci: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', short: 'v', default: false },
} as const

/**
 * Reads the command line.
 *
 * @throws {UsageError} `invalid_arguments`, with a one-line message that contains no token
 */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(argv)
  if (positionals.length > 1) {
    throw new UsageError(`Only one address can be examined, not ${positionals.length}`)
  }
  const { ci, json, help, version, origin, token, timeout, path } = values
  const basePath = values['base-path']
  return {
    url: readUrl(positionals[0] ?? DEFAULT_URL),
    path: path === undefined ? undefined : readPath('--path', path),
    basePath: basePath === undefined ? undefined : readPath('--base-path', basePath),
    origin: origin === undefined ? undefined : readOrigin(origin),
    token: token === undefined ? undefined : readToken(token),
    timeoutMs: timeout === undefined ? undefined : readTimeout(timeout),
    format: json ? 'json' : ci ? 'plain' : 'pretty',
    show: help ? 'help' : version ? 'version' : undefined,
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true })
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const [first = text] = text.split(/\. |\n/) // drops Node's advice, a second sentence
    throw new UsageError(`${first}${suggestion(first)}`)
  }
}

/** A question for the option that was perhaps meant, where Node names one that there is not. */
function suggestion(text: string): string {
  const [, name] = /^Unknown option '--([^']+)'$/.exec(text) ?? []
  if (name === undefined || name.length > MAX_NAME_LENGTH) return ''
  const nearest = closest(name, Object.keys(options))
  return distance(name, nearest) <= MAX_CHANGES ? `. Did you mean --${nearest}?` : ''
}

function readUrl(value: string): string {
  const text = value.replace(/^ws(?=s?:)/, 'http')
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url && !url.username && !url.password && !url.search && !url.hash
  if (isPlain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '')
  throw new UsageError(`"${withoutSecrets(value)}" is no address like ${DEFAULT_URL}`)
}

function readPath(name: string, value: string): string {
  if (PATH.test(value)) return value
  throw new UsageError(`${name} is "${withoutSecrets(value)}"; allowed: a path like /v1`)
}

/** Masks a password or a token in an address, since the message may end up in a log. */
function withoutSecrets(value: string): string {
  return value.replace(/\/\/.*@/s, '//…@').replace(/[?#].*$/s, '?…')
}

function readOrigin(value: string): string {
  if (value === 'null') return value // browsers send it for pages without an origin, such as files
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url?.href === `${url?.origin ?? ''}/` && url.origin !== 'null') return url.origin
  if (url?.origin === 'null' && APP_ORIGIN.test(value)) return value // URL has no origin for these
  throw new UsageError(`--origin is "${value}"; allowed: an origin like https://app.example.org`)
}

function readToken(value: string): string {
  if (/^[\x21-\x7e]+$/.test(value)) return value
  throw new UsageError('--token is empty or has characters that no token can have')
}

function readTimeout(value: string): number {
  const seconds = value.trim() === '' ? NaN : Number(value)
  if (seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS) return Math.ceil(seconds * 1_000)
  throw new UsageError(
    `--timeout is "${value}"; allowed: seconds, more than 0 and at most ${MAX_TIMEOUT_SECONDS}`,
  )
}
