import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { DEFAULT_PORT } from '@yektayar/protocol'
import type { AnyContract, CoreContract } from '@yektayar/protocol'
import Fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { answerOnSecondAddress, sendClientError } from '../http/clientError.js'
import type { DocsCredentials } from '../http/docs.js'
import { DOCS_PATH } from '../http/docsPath.js'
import { sendError } from '../http/errors.js'
import { answerErrors } from '../http/ownErrors.js'
import { createPasswordFence } from '../http/passwordFence.js'
import { resolveLimits } from '../shared/limits.js'
import { createLogger, prettyStream } from '../shared/logger.js'
import type { LogLevel } from '../shared/logLevel.js'
import { productOf } from '../shared/productTexts.js'
import { noMetrics } from '../shared/metrics.js'
import type { Metrics } from '../shared/metrics.js'
import { createRefusalLog } from '../shared/refusalLog.js'
import { timerMs } from '../shared/timerMs.js'
import { checkOptions } from './checkOptions.js'
import type { AnyOptions, BaseOptions, CommonOptions } from './options.js'
import { movedPaths, readPath } from './paths.js'
import { install } from './plugin.js'
import type { YektaYar } from './yektaYar.js'

/** Options of `createServer` in addition to those of the plugin. */
export interface ServerOptions<Contract extends AnyContract = CoreContract, Tables = object> {
  /** TCP port, 0 for any free one. @default 3000 */
  port?: number | undefined
  /** Host name or address to listen on. @default 'localhost' */
  host?: string | undefined
  /** Who may read `/api-docs`; without it, or with `false`, there are no docs. @default none */
  docs?: DocsCredentials | false | undefined
  /** Adds routes of the app's own. Runs before the server is ready; a failure ends the start. @default none */
  routes?:
    | ((app: FastifyInstance, realtime: YektaYar<Contract, Tables>) => void | Promise<void>)
    | undefined
  /** Directory of a built page to serve at `/`. @default none */
  demoDirectory?: string | undefined
  /** @default 'info' */
  logLevel?: LogLevel | undefined
  /** Whether the log is formatted for people instead of machines. @default false */
  prettyLog?: boolean | undefined
}

/** All options of `createServer`. */
export type CreateServerOptions<
  Contract extends AnyContract = CoreContract,
  Tables = object,
> = ServerOptions<Contract, Tables> & CommonOptions<Contract, Tables>

/** A server, before or after `listen()`. */
export interface YektaYarServer<
  Contract extends AnyContract = CoreContract,
  Tables = object,
> extends YektaYar<Contract, Tables> {
  readonly app: FastifyInstance
  /** The address for clients. Its port is known once the server listens. */
  readonly url: string
  /** Starts to listen and resolves with `url`. */
  listen(): Promise<string>
  /** Closes everything. Connected clients reconnect by themselves once a server is up again. */
  close(): Promise<void>
}

/**
 * Builds a Fastify app with everything: REST, Socket.IO, docs and demo page on one port.
 *
 * @throws {OptionError} `invalid_options`
 */
export async function createServer<Contract extends AnyContract = CoreContract, Tables = object>(
  options: CreateServerOptions<Contract, Tables> = {} as CreateServerOptions<Contract, Tables>, // none is required
): Promise<YektaYarServer<Contract, Tables>> {
  checkOptions(options, 'createServer')
  const { port = DEFAULT_PORT, host = 'localhost', docs, demoDirectory } = options
  const { logLevel = 'info', prettyLog = false } = options
  const stream = prettyLog ? await prettyStream() : undefined
  const app = createApp(options, createLogger({ level: logLevel, stream }))
  let metrics: Metrics = noMetrics // until the server has its own
  const onMetrics = (own: Metrics): void => {
    metrics = own
  }
  try {
    if (docs) {
      const limits = resolveLimits(options.limits)
      const logRefusal = createRefusalLog(app.log, limits)
      app.addHook('onClose', logRefusal.close)
      const refused: Metrics['refused'] = (limit) => {
        metrics.refused(limit)
      }
      const watch = { limits, metrics: { refused }, logRefusal }
      const path = readPath('basePath', options.basePath ?? '') + DOCS_PATH
      const checkPassword = createPasswordFence({ where: path, ...watch })
      const product = productOf(options.product)
      const { registerDocs } = await import('../http/docs.js') // loaded where there are docs
      await registerDocs(app, { path, expected: docs, checkPassword, product })
    }
    const listening = { ...(options as unknown as AnyOptions), host } // so that the plugin knows the server's own origin
    const place = { isGuest: false, hasRoot: demoDirectory === undefined, onMetrics }
    await app.register(fp((scope) => install(scope, listening, place)))
    const realtime: unknown = app.yektayar
    await options.routes?.(app, realtime as YektaYar<Contract, Tables>) // by the same options
    if (demoDirectory !== undefined) {
      const { registerDemo } = await import('../http/demo.js')
      await registerDemo(app, demoDirectory, movedPaths(options))
    }
    await app.ready()
  } catch (error) {
    await app.close()
    throw error
  }

  const server = {
    app,
    get url() {
      const address = app.server.address() as AddressInfo | null // never a pipe: it listens on a port
      return `http://${toUrlHost(host)}:${String(address?.port ?? port)}`
    },
    async listen() {
      await app.listen({ port, host })
      return server.url
    },
    close: () => app.close(),
  }
  const handle: unknown = Object.defineProperties(
    server,
    Object.getOwnPropertyDescriptors(app.yektayar), // not their values: where metrics are is known later
  )
  return handle as YektaYarServer<Contract, Tables> // the contract it was registered with
}

function createApp(
  { trustProxy = [], limits }: Pick<BaseOptions, 'limits' | 'trustProxy'>,
  loggerInstance: FastifyBaseLogger,
): FastifyInstance {
  const { maxPayloadBytes, headersTimeoutMs, requestTimeoutMs } = resolveLimits(limits)
  const requestTimeout = timerMs(requestTimeoutMs)
  const headersTimeout = Math.min(timerMs(headersTimeoutMs), requestTimeout) // Node wants no more
  const app = Fastify({
    genReqId: () => randomUUID(),
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: maxPayloadBytes,
    return503OnClosing: false, // routes answer while commands in flight finish
    requestTimeout,
    http: {
      requestTimeout,
      headersTimeout,
      // Often: each check destroys all sockets that are past their timeout at once.
      connectionsCheckingInterval: Math.ceil(headersTimeout / 50),
    },
    trustProxy: trustProxy.length > 0 ? [...trustProxy] : false,
    clientErrorHandler: sendClientError,
    frameworkErrors: (error, request, reply) => {
      sendError(error, request, reply)
    },
  })
  answerOnSecondAddress(app)
  answerErrors(app)
  app.addHook('onResponse', (request, reply, done) => {
    request.log.debug({ req: request, status: reply.statusCode, ms: reply.elapsedTime }, 'answered')
    done()
  })
  return app
}

/** A host that a browser can open: IPv6 in brackets, `localhost` instead of a wildcard. */
function toUrlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
