import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import type { Prometheus } from '../metrics/prometheus.js'
import { CommandError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import { OptionError } from '../shared/optionError.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import { bearerToken } from './bearer.js'
import { sendClientError } from './clientError.js'
import { sendError, sendNotFound } from './errors.js'
import { isSameSecret } from './isSameSecret.js'
import { createPasswordFence } from './passwordFence.js'

const METRICS_PATH = '/metrics'
/** Long enough not to be guessed, and fit for a header. */
const TOKEN = /^[^ ]{16,}$/

/** Who may read the metrics, and where; at least one of `token` and `port`. */
export interface MetricsOptions {
  /** What a reader sends as `Authorization: Bearer <token>`; at least 16 characters without spaces. @default none */
  token?: string | undefined
  /** A port of their own, 0 for any free one. @default the port of everything else */
  port?: number | undefined
  /** Host name or address to listen on, with `port`. @default '127.0.0.1' */
  host?: string | undefined
}

/** @throws {OptionError} for metrics that everybody could read, or a token that can be guessed */
export function checkMetricsOptions({ token, port }: MetricsOptions): void {
  if (token === undefined && port === undefined) {
    throw new OptionError('metrics has neither token nor port; allowed: at least one of them')
  }
  if (token !== undefined && !TOKEN.test(token)) {
    throw new OptionError('metrics.token is set; allowed: at least 16 characters without spaces')
  }
}

/** What the route needs. */
export interface MetricsRouteOptions {
  prometheus: Prometheus
  /** Absent where everybody who reaches the port may read. */
  token: string | undefined
  limits: Limits
  logRefusal: RefusalLog
}

/** Serves the metrics at `/metrics`, to those who know the token where there is one. */
export function registerMetricsRoute(
  app: FastifyInstance,
  { prometheus, token, limits, logRefusal }: MetricsRouteOptions,
): void {
  const { contentType, text } = prometheus
  const watch = { limits, metrics: prometheus, logRefusal }
  const checkToken = createPasswordFence({ where: METRICS_PATH, ...watch })
  app.get(METRICS_PATH, { schema: { hide: true } }, async (request, reply) => {
    const presented = bearerToken(request) // none is no guess
    if (
      token !== undefined &&
      !(presented !== undefined && checkToken(request.ip, () => isSameSecret(presented, token)))
    ) {
      throw new CommandError('unauthorized', 'Wrong token for the metrics', {
        hint: 'Send the header Authorization: Bearer <METRICS_TOKEN>',
      })
    }
    return reply
      .header('Cache-Control', 'no-store')
      .type(contentType)
      .send(await text())
  })
}

/** Where metrics are served on a port of their own, once they are. */
export interface MetricsListener {
  readonly url: string | undefined
}

/** Serves the metrics on a port of their own, if they are to have one, for as long as the app runs. */
export function listenForMetrics(
  app: FastifyInstance,
  route: Omit<MetricsRouteOptions, 'token'>,
  { token, port, host = '127.0.0.1' }: MetricsOptions = {},
): MetricsListener | undefined {
  if (port === undefined) return undefined
  const listener = Fastify({
    forceCloseConnections: true,
    requestTimeout: 10_000,
    clientErrorHandler: sendClientError,
  })
  listener.setErrorHandler(sendError)
  listener.setNotFoundHandler(sendNotFound)
  registerMetricsRoute(listener, { ...route, token })
  let url: string | undefined

  app.addHook('onReady', async () => {
    try {
      await listener.listen({ port, host })
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new OptionError(`The metrics have no port: ${reason}`, { cause })
    }
    const address = listener.server.address() as AddressInfo // it listens on a port
    const urlHost = address.family === 'IPv6' ? `[${address.address}]` : address.address
    url = `http://${urlHost}:${String(address.port)}${METRICS_PATH}`
    app.log.info({ url }, 'metrics are served')
  })
  app.addHook('onClose', () => listener.close())
  return {
    get url() {
      return url
    },
  }
}
