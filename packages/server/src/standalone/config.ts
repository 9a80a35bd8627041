import { DEFAULT_PORT, SESSION_IDLE_DAYS, SESSION_LIFETIME_DAYS } from '@yektayar/protocol'
import { didYouMean } from '@yektayar/protocol/rules'
import { z } from 'zod'
import { readPath, readPaths } from '../app/paths.js'
import { isTrustable } from '../shared/clientAddress.js'
import { limitNames, limitVariable } from '../shared/limits.js'
import type { Limits } from '../shared/limits.js'
import { logLevels } from '../shared/logLevel.js'
import { OptionError } from '../shared/optionError.js'
import { readOrigins } from '../shared/originPattern.js'
import { readPublicUrl } from '../shared/originPolicy.js'
import { shownUrl } from '../shared/shownUrl.js'
import { isDatabaseUrl, isRedisUrl } from '../store/openStore.js'

const onOff = z.enum(['on', 'off']).transform((value) => value === 'on')
const trueFalse = z.enum(['true', 'false']).transform((value) => value === 'true')
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
)

const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((value) => value <= 65535)

/** A host name or an address, and no URL. */
const host = z.string().regex(/^[^\s/]+$/)

const ownPath = z.string().refine((value) => isAccepted(() => readPath('path', value)))

const productText = z.string().max(500)

/** Every variable: its parser, its default, and a description of the allowed values. */
const variables = {
  PORT: port.default(DEFAULT_PORT).describe('a port from 0 to 65535'),
  HOST: host.default('localhost').describe('a host name or address'),
  DATABASE_URL: z
    .string()
    .refine(isDatabaseUrl)
    .default('sqlite:data/yektayar.db')
    .describe('sqlite:<path>, sqlite::memory: or postgres://…'),
  REDIS_URL: z
    .string()
    .refine(isRedisUrl)
    .optional()
    .describe('redis://… or rediss://…; only with PostgreSQL'),
  PUBLIC_URL: list
    .refine((entries) => isAccepted(() => entries.map(readPublicUrl)))
    .default([])
    .describe('origins by which the server is reached, such as https://care.example.org'),
  CORS_ORIGIN: list
    .refine((entries) => isAccepted(() => readOrigins(entries)))
    .default([])
    .describe(
      'origins such as https://app.example.org, https://*.example.org or capacitor://localhost, or *',
    ),
  CORS_CREDENTIALS: trueFalse.default(false).describe('true or false'),
  CORS_HEADERS: trueFalse.default(true).describe('true or false'),
  SOCKET_IO_PATH: ownPath
    .default('/socket.io')
    .describe('a path such as /live, which is none of REST'),
  BASE_PATH: ownPath.default('').describe('a path such as /v1'),
  HEALTH: trueFalse.default(true).describe('true or false'),
  SESSION_TTL_DAYS: z
    .string()
    .transform(Number)
    .refine((days) => days > 0 && days <= 3650)
    .default(SESSION_LIFETIME_DAYS)
    .describe('a number of days above 0, up to 3650'),
  SESSION_IDLE_DAYS: z
    .string()
    .transform(Number)
    .refine((days) => days >= 0 && days <= 3650)
    .default(SESSION_IDLE_DAYS)
    .describe('a number of days, 0 for never, up to 3650'),
  DOCS_USERNAME: z
    .string()
    .regex(/^[^:]+$/)
    .default('admin')
    .describe('a name without colon'),
  DOCS_PASSWORD: z.string().min(8).optional().describe('at least 8 characters'),
  TRUST_PROXY: list
    .refine((entries) => entries.every(isTrustable))
    .default([])
    .describe('addresses, CIDR ranges or loopback, such as 127.0.0.1,10.0.0.0/8'),
  ALLOW_QUERY_TOKEN: trueFalse.default(true).describe('true or false'),
  METRICS_TOKEN: z
    .string()
    .regex(/^[^ ]{16,}$/)
    .optional()
    .describe('at least 16 characters without spaces'),
  METRICS_PORT: port.optional().describe('a port from 0 to 65535'),
  METRICS_HOST: host.default('127.0.0.1').describe('a host name or address'),
  PRODUCT_NAME: productText.optional().describe('a text of up to 500 characters'),
  PRODUCT_VERSION: productText.optional().describe('a text of up to 500 characters'),
  PRODUCT_DESCRIPTION: productText.optional().describe('a text of up to 500 characters'),
  LOG_LEVEL: z.enum(logLevels).default('info').describe(logLevels.join(', ')),
  NODE_ENV: z
    .enum(['development', 'production', 'test'])
    .default('development')
    .describe('development, production or test'),
  DEMO: onOff.optional().describe('on or off'),
}

const limit = z
  .string()
  .transform(Number)
  .refine((value) => value >= 0)

/** A variable for each limit; an unset one keeps the default. */
const limitVariables = Object.fromEntries(
  limitNames.map((name) => [limitVariable(name), limit.optional().describe('a number')]),
)

/** Variables whose values are not shown in messages. */
const secretVariables = ['DOCS_PASSWORD', 'METRICS_TOKEN']

const allVariables: Readonly<Record<string, z.ZodType>> = { ...variables, ...limitVariables }
const Variables = z.object(variables).refine(
  ({ SOCKET_IO_PATH: path, BASE_PATH: basePath }) =>
    !isAccepted(() => readPath('basePath', basePath)) || // which is said by itself
    isAccepted(() => readPaths({ path, basePath })),
  { path: ['SOCKET_IO_PATH'] },
)
const LimitVariables = z.object(limitVariables)

/** The environment, parsed: a value for every variable but the optional ones. */
export type Config = z.infer<typeof Variables> & { readonly limits: Partial<Limits> }

/** A variable as `--help` shows it. */
export interface VariableHelp {
  readonly name: string
  /** In words what is allowed. */
  readonly allowed: string
  /** Absent where an unset variable has no value. */
  readonly fallback: string | undefined
}

/** Every variable but those of the limits. */
export const variableHelp: readonly VariableHelp[] = Object.entries(variables).map(
  ([name, schema]) => {
    const value = schema.parse(undefined)
    const hasNone = value === undefined || String(value) === ''
    return {
      name,
      allowed: schema.description ?? '',
      fallback: hasNone ? undefined : String(value),
    }
  },
)

/**
 * Reads the configuration from environment variables. An empty variable counts as not set.
 *
 * @throws {OptionError} `invalid_options`, one line for each wrong variable: its name, its value
 * and what is allowed; secrets are not repeated
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.keys(allVariables).map((name) => [
      name,
      environment[name] === '' ? undefined : environment[name],
    ]),
  )
  const own = Variables.safeParse(given)
  const limits = LimitVariables.safeParse(given)
  if (own.success && limits.success) return { ...own.data, limits: namedLimits(limits.data) }

  const issues = [...(own.error?.issues ?? []), ...(limits.error?.issues ?? [])]
  const wrong = new Set(issues.map((issue) => String(issue.path[0]))) // variables are not nested
  throw new OptionError(
    [...wrong]
      .map((name) => {
        const value = secretVariables.includes(name)
          ? 'set'
          : `"${shownUrl(environment[name] ?? '')}"`
        return `${name} is ${value}; allowed: ${allVariables[name]?.description ?? ''}`
      })
      .join('\n'),
  )
}

/** A shorter name is near to one of many that other programs use, such as HOME to HOST. */
const MIN_NAME_LENGTH = 6

/** Variables of PostgreSQL, such as PGPORT, of which a name may be near to one of these. */
const OF_POSTGRES = /^PG[A-Z]+$/

/** What to say about variables that nothing reads, and that were perhaps meant to be one of these. */
export function misspelledVariables(
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const known = Object.keys(allVariables)
  return Object.keys(environment).flatMap((name) => {
    if (known.includes(name) || name.length < MIN_NAME_LENGTH || OF_POSTGRES.test(name)) return []
    const question = didYouMean(name, known)
    if (question === undefined && !name.startsWith('LIMIT_')) return []
    return `${name} is no variable of this server. ${question ?? 'docs/SERVER.md lists all limits'}`
  })
}

function namedLimits(values: Readonly<Record<string, number | undefined>>): Partial<Limits> {
  const given = limitNames.map((name) => [name, values[limitVariable(name)]] as const)
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}

function isAccepted(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}
