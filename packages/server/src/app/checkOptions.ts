import proxyAddress from '@fastify/proxy-addr'
import { z } from 'zod'
import { logLevels } from '../shared/logger.js'
import { OptionError } from '../shared/optionError.js'

const callable = z.custom((value) => typeof value === 'function', 'expected a function')
const texts = z.array(z.string())

/** The type of each option. Its value is checked where it is used. */
const kinds = z
  .object({
    contract: z.object({}),
    commands: z.object({}),
    databaseUrl: z.string(),
    sessionTtlDays: z.number(),
    sessionIdleDays: z.number(),
    authenticate: callable,
    accountOf: callable,
    authorize: callable,
    onMessage: callable,
    allowQueryToken: z.boolean(),
    trustProxy: z.array(z.string().refine(isNetwork, 'expected an address or a CIDR range')),
    metrics: z.object({}),
    limits: z.record(z.string(), z.union([z.number(), z.nan(), z.literal([Infinity, -Infinity])])),
    environment: z.enum(['development', 'production']),
    runtime: z.object({}),
    corsOrigins: z.union([texts, callable]),
    corsCredentials: z.boolean(),
    publicUrls: texts,
    allowLoopbackOrigins: z.boolean(),
    port: z.int().min(0).max(65_535),
    host: z.string(),
    docs: z.object({}),
    demoDirectory: z.string(),
    logLevel: z.enum(logLevels),
    prettyLog: z.boolean(),
  })
  .partial()

function isNetwork(text: string): boolean {
  try {
    proxyAddress.compile(text)
    return true
  } catch {
    return false
  }
}

/**
 * Refuses options of a wrong kind, as they come from plain JavaScript. Names them, and not their value.
 *
 * @throws {OptionError} `invalid_options`
 */
export function checkOptions(options: object): void {
  const issues = kinds.safeParse(options).error?.issues ?? []
  if (issues.length === 0) return
  const faults = issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new OptionError(faults.join('; '))
}
