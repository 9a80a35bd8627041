import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createServer } from '../app/createServer.js'
import type { YektaYarServer } from '../app/createServer.js'
import type { BaseOptions } from '../app/options.js'
import { readPath } from '../app/paths.js'
import type { DocsCredentials } from '../http/docs.js'
import { OptionError } from '../shared/optionError.js'
import { detectRuntime } from '../shared/runtime.js'
import { bannerLines } from './banner.js'
import { misspelledVariables, readConfig } from './config.js'
import type { Config } from './config.js'
import { authenticateDemoUser, wantsDemoUsers } from './demoUsers.js'

/** The built demo app, which the package contains next to `dist`. */
const DEMO_DIRECTORY = fileURLToPath(new URL('../../demo', import.meta.url))
const GENERATED_PASSWORD_BYTES = 12

/**
 * Starts the standalone server from environment variables.
 *
 * @param print receives the banner, once the server listens
 * @throws {OptionError} `invalid_options`, one line for each wrong variable
 */
export async function serve(
  environment: Readonly<Record<string, string | undefined>>,
  print: (text: string) => void,
): Promise<YektaYarServer> {
  const config = readConfig(environment)
  const isProduction = config.NODE_ENV === 'production'
  const runtime = detectRuntime()
  const docs = docsCredentials(config, isProduction)
  const hasDemo = wantsDemo(config, isProduction)
  const hasDemoUsers = hasDemo && wantsDemoUsers(config, environment.NODE_ENV)
  const server = await createServer({
    port: config.PORT,
    host: config.HOST,
    databaseUrl: config.DATABASE_URL,
    ...(config.REDIS_URL !== undefined && { redisUrl: config.REDIS_URL }),
    publicUrls: config.PUBLIC_URL,
    corsOrigins: config.CORS_ORIGIN,
    corsCredentials: config.CORS_CREDENTIALS,
    corsHeaders: config.CORS_HEADERS,
    path: config.SOCKET_IO_PATH,
    basePath: config.BASE_PATH,
    health: config.HEALTH,
    sessionTtlDays: config.SESSION_TTL_DAYS,
    sessionIdleDays: config.SESSION_IDLE_DAYS,
    trustProxy: config.TRUST_PROXY,
    allowQueryToken: config.ALLOW_QUERY_TOKEN,
    logLevel: config.LOG_LEVEL,
    prettyLog: config.NODE_ENV === 'development',
    environment: isProduction ? 'production' : 'development',
    limits: config.limits,
    product: {
      name: config.PRODUCT_NAME,
      version: config.PRODUCT_VERSION,
      description: config.PRODUCT_DESCRIPTION,
    },
    ...metricsOptions(config),
    runtime,
    ...(docs && { docs }),
    ...(hasDemo && { demoDirectory: DEMO_DIRECTORY }),
    ...(hasDemoUsers && { authenticate: authenticateDemoUser }),
  })
  for (const advice of misspelledVariables(environment)) server.app.log.warn(advice)
  const url = await listenOrClose(server)
  const isPasswordGenerated = config.DOCS_PASSWORD === undefined
  const basePath = readPath('basePath', config.BASE_PATH)
  const name = config.PRODUCT_NAME
  const facts = { name, runtime, url, basePath, docs, isPasswordGenerated, hasDemo, hasDemoUsers }
  print(bannerLines(facts).join('\n'))
  return server
}

/** No metrics unless there is a token or a port for them. */
function metricsOptions(config: Config): Pick<BaseOptions, 'metrics'> {
  const { METRICS_TOKEN: token, METRICS_PORT: port, METRICS_HOST: host } = config
  return token === undefined && port === undefined ? {} : { metrics: { token, port, host } }
}

async function listenOrClose(server: YektaYarServer): Promise<string> {
  try {
    return await server.listen()
  } catch (error) {
    await server.close()
    throw error
  }
}

/** No default password: development generates one, production serves no documentation. */
function docsCredentials(config: Config, isProduction: boolean): DocsCredentials | undefined {
  const username = config.DOCS_USERNAME
  if (config.DOCS_PASSWORD !== undefined) return { username, password: config.DOCS_PASSWORD }
  if (isProduction) return undefined
  return { username, password: randomBytes(GENERATED_PASSWORD_BYTES).toString('base64url') }
}

/** @throws {OptionError} when DEMO is "on" but the demo app is not built */
function wantsDemo(config: Config, isProduction: boolean): boolean {
  const isBuilt = existsSync(DEMO_DIRECTORY)
  if (config.DEMO === true && !isBuilt) {
    throw new OptionError('DEMO is "on", but the demo app is not built; run npm run build first')
  }
  return config.DEMO ?? (isBuilt && !isProduction)
}
