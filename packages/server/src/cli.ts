import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bannerLines } from './banner.js'
import { readConfig } from './config.js'
import type { Config } from './config.js'
import { createServer } from './createServer.js'
import type { YektaYarServer } from './createServer.js'
import type { DocsCredentials } from './http/docs.js'
import { limits } from './limits.js'
import { OptionError } from './optionError.js'
import { detectRuntime } from './runtime.js'

const DEMO_DIRECTORY = fileURLToPath(new URL('../demo', import.meta.url))
const GENERATED_PASSWORD_BYTES = 12

try {
  if (existsSync('.env')) process.loadEnvFile('.env')
  await start(readConfig(process.env))
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}

async function start(config: Config): Promise<void> {
  const isProduction = config.NODE_ENV === 'production'
  const runtime = detectRuntime()
  const docs = docsCredentials(config, isProduction)
  const hasDemo = wantsDemo(config, isProduction)
  const server = await createServer({
    port: config.PORT,
    host: config.HOST,
    databaseUrl: config.DATABASE_URL,
    corsOrigins: config.CORS_ORIGIN,
    corsCredentials: config.CORS_CREDENTIALS,
    sessionTtlDays: config.SESSION_TTL_DAYS,
    trustProxy: config.TRUST_PROXY,
    allowQueryToken: config.ALLOW_QUERY_TOKEN,
    logLevel: config.LOG_LEVEL,
    prettyLog: config.NODE_ENV === 'development',
    environment: isProduction ? 'production' : 'development',
    runtime,
    ...(docs && { docs }),
    ...(hasDemo && { demoDirectory: DEMO_DIRECTORY }),
  })
  closeOnSignals(server)
  const url = await server.listen()
  const isPasswordGenerated = config.DOCS_PASSWORD === undefined
  console.log(bannerLines({ runtime, url, docs, isPasswordGenerated, hasDemo }).join('\n'))
}

/** No default password: development makes one up, production goes without documentation. */
function docsCredentials(config: Config, isProduction: boolean): DocsCredentials | undefined {
  const username = config.DOCS_USERNAME
  if (config.DOCS_PASSWORD !== undefined) return { username, password: config.DOCS_PASSWORD }
  if (isProduction) return undefined
  return { username, password: randomBytes(GENERATED_PASSWORD_BYTES).toString('base64url') }
}

/** @throws {OptionError} when the demo is asked for and this installation has none */
function wantsDemo(config: Config, isProduction: boolean): boolean {
  const isBuilt = existsSync(DEMO_DIRECTORY)
  if (config.DEMO === true && !isBuilt) {
    throw new OptionError('DEMO is "on", but the demo app is not built; run npm run build first')
  }
  return config.DEMO ?? (isBuilt && !isProduction)
}

function closeOnSignals(server: YektaYarServer): void {
  let isClosing = false
  const close = (): void => {
    if (isClosing) return
    isClosing = true
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(explain(error))
        process.exit(1)
      },
    )
    // Peers are cut after the grace period, so this only runs when something else holds on.
    setTimeout(() => process.exit(1), 2 * limits.closeGraceMs).unref()
  }
  process.on('SIGINT', close)
  process.on('SIGTERM', close)
}

function explain(error: unknown): string {
  if (error instanceof OptionError) return error.message
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `${error.message}: another process uses this port; set PORT to a free one`
  }
  return error instanceof Error ? `The server could not start: ${error.message}` : String(error)
}
