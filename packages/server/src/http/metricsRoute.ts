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
/** At least 16 characters, so that it is hard to guess; no spaces, so that it fits into a header. */
const TOKEN = /^[^ ]{16,}$/

/** Who may read the metrics, and where; at least one of `token` and `port`. */
export interface MetricsOptions {
  /** For `Authorization: Bearer <token>`; at least 16 characters without spaces. @default none */
  token?: string | undefined
  /** A separate port, 0 for any free one. @default the port of the app */
  port?: number | undefined
  /** Host name or address to listen on, with `port`. @default '127.0.0.1' */
  host?: string | undefined
}

/** @throws {OptionError} when everybody could read the metrics, or the token is too short */
export function checkMetricsOptions({ token, port }: MetricsOptions): void {
  if (token === undefined && port === undefined) {
    throw new OptionError('metrics has neither token nor port; allowed: at least one of them')
  }
  if (token !== undefined && !TOKEN.test(token)) {
    throw new OptionError('metrics.token is set; allowed: at least 16 characters without spaces')
  }
}

/** What the route needs. */
export interface MetricsRouteDeps {
  prometheus: Prometheus
  /** Without a token, everybody who reaches the port may read. */
  token: string | undefined
  limits: Limits
  logRefusal: RefusalLog
}

/** Serves the metrics at `/metrics`; a request needs the token if one is set. */
export function registerMetricsRoute(
  app: FastifyInstance,
  { prometheus, token, limits, logRefusal }: MetricsRouteDeps,
): void {
  const { contentType, text } = prometheus
  const watch = { limits, metrics: prometheus, logRefusal }
  const checkToken = createPasswordFence({ where: METRICS_PATH, ...watch })
  app.get(METRICS_PATH, { schema: { hide: true } }, async (request, reply) => {
    const presented = bearerToken(request) // a missing token is not counted as wrong
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

/** The separate listener for metrics; its address is known once it listens. */
export interface MetricsListener {
  readonly url: string | undefined
}

/** Serves the metrics on a separate port while the app runs, if `port` is set. */
export function listenForMetrics(
  app: FastifyInstance,
  route: Omit<MetricsRouteDeps, 'token'>,
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
      throw new OptionError(`The metrics cannot listen on their port: ${reason}`, { cause })
    }
    const address = listener.server.address() as AddressInfo // it listens on a port
    const urlHost = address.family === 'IPv6' ? `[${address.address}]` : address.address
    url = `http://${urlHost}:${String(address.port)}${METRICS_PATH}`
    app.log.info({ url }, 'metrics are available')
  })
  app.addHook('onClose', () => listener.close())
  return {
    get url() {
      return url
    },
  }
}
