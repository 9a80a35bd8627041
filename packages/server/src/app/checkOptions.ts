import { z } from 'zod'
import { isTrustable } from '../shared/clientAddress.js'
import { logLevels } from '../shared/logLevel.js'
import { OptionError } from '../shared/optionError.js'
import { refuseUnknown } from '../shared/refuseUnknown.js'
import { AppTables } from './tables.js'

/** Of what an app calls itself, in characters. */
const MAX_TEXT_LENGTH = 500

const callable = z.custom((value) => typeof value === 'function', 'expected a function')
const texts = z.array(z.string())
const text = z.string().min(1).max(MAX_TEXT_LENGTH)

/** The type of each option. Its value is checked where it is used. */
const kinds = z
  .object({
    contract: z.object({}),
    commands: z.object({}),
    databaseUrl: z.string(),
    redisUrl: z.string(),
    sessionTtlDays: z.number(),
    sessionIdleDays: z.number(),
    authenticate: callable,
    accountOf: callable,
    authorize: callable,
    onMessage: callable,
    tables: z.instanceof(AppTables, { error: 'expected what tables() returns' }),
    checkEvents: z.boolean(),
    allowQueryToken: z.boolean(),
    trustProxy: z.array(
      z
        .string()
        .refine(
          isTrustable,
          'expected an address, a CIDR range, loopback, linklocal or uniquelocal',
        ),
    ),
    metrics: z.object({}),
    product: z.object({ name: text, version: text, description: text }).partial(),
    limits: z.record(
      z.string(),
      z.union([z.number(), z.nan(), z.literal([Infinity, -Infinity])]).optional(),
    ),
    environment: z.enum(['development', 'production']),
    runtime: z.object({}),
    corsOrigins: z.union([texts, callable]),
    corsCredentials: z.boolean(),
    publicUrls: texts,
    allowLoopbackOrigins: z.boolean(),
    corsHeaders: z.boolean(),
    path: z.string(),
    basePath: z.string(),
    health: z.boolean(),
    routes: callable,
    port: z.int().min(0).max(65_535),
    host: z.string(),
    docs: z.union([z.literal(false), z.looseObject({})]),
    demoDirectory: z.string(),
    logLevel: z.enum(logLevels),
    prettyLog: z.boolean(),
  })
  .partial()

/** Whose options they are. */
export type OptionsOf = 'createServer' | 'yektayar'

/** Options whose values are not shown. */
const secretOptions: readonly PropertyKey[] = ['databaseUrl', 'redisUrl', 'docs', 'metrics']

/** How much of a value is shown. */
const MAX_SHOWN_LENGTH = 100

/** What the plugin leaves to its app. */
const serverOnly = ['routes', 'port', 'host', 'demoDirectory', 'logLevel', 'prettyLog']

const allNames = Object.keys(kinds.shape)
const known: Readonly<Record<OptionsOf, readonly string[]>> = {
  createServer: allNames,
  yektayar: allNames.filter((name) => !serverOnly.includes(name)),
}
const elsewhere: Readonly<Record<OptionsOf, Readonly<Record<string, string>>>> = {
  createServer: { prefix: 'Did you mean "basePath"?' },
  yektayar: {
    ...Object.fromEntries(
      serverOnly.map((name) => [
        name,
        'It is one of createServer’s options; with the plugin, the app does this itself',
      ]),
    ),
    prefix: 'It is one of register’s options: app.register(realtime, { prefix })',
  },
}

/**
 * Refuses unknown options and values of a wrong type, which plain JavaScript can pass. The error has the
 * names, and the values unless they may be secrets.
 *
 * @throws {OptionError} `invalid_options`
 */
export function checkOptions(options: object, of: OptionsOf): void {
  refuseUnknown(options, known[of], '', elsewhere[of])
  const issues = kinds.safeParse(options).error?.issues ?? []
  if (issues.length > 0) {
    const faults = issues.map(({ path, message }) => {
      return `${path.join('.')}${given(options, path)}: ${message.replace(/^Invalid input: /, '')}`
    })
    throw new OptionError(faults.join('; '))
  }
  const { docs, metrics, product } = options as {
    docs?: object | false
    metrics?: object
    product?: object
  }
  if (docs && of === 'yektayar') {
    throw new OptionError(
      'docs: the plugin serves no documentation; allowed: false, which hides its routes in the app’s',
    )
  }
  refuseUnknown(docs === false ? {} : (docs ?? {}), ['username', 'password'], 'docs.')
  refuseUnknown(product ?? {}, ['name', 'version', 'description'], 'product.')
  refuseUnknown(metrics ?? {}, ['token', 'port', 'host'], 'metrics.')
}

/** The value for the message; nothing if it may be a secret, or is no text, number or boolean. */
function given(options: object, path: readonly PropertyKey[]): string {
  const [name = '', ...rest] = path
  if (secretOptions.includes(name)) return ''
  let value: unknown = (options as Readonly<Record<PropertyKey, unknown>>)[name]
  for (const key of rest) value = (Object(value) as Readonly<Record<PropertyKey, unknown>>)[key]
  if (!['string', 'number', 'boolean'].includes(typeof value)) return ''
  return ` is ${JSON.stringify(value).slice(0, MAX_SHOWN_LENGTH)}`
}
