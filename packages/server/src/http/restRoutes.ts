import type { IncomingMessage } from 'node:http'
import type { FastifyError, FastifyInstance } from 'fastify'
import type { Prometheus } from '../metrics/prometheus.js'
import type { Sessions } from '../sessions/sessions.js'
import type { KnownSessions } from '../store/knownSessions.js'
import type { StrictLimits } from '../store/strictLimits.js'
import type { Draining } from '../shared/draining.js'
import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { OptionError } from '../shared/optionError.js'
import type { Product } from '../shared/productTexts.js'
import { commandsPerSession } from '../shared/rateLimit.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import { addCors } from './cors.js'
import { describeRoutes, yieldingUrl } from './describeRoutes.js'
import { registerMetricsRoute } from './metricsRoute.js'
import { addOriginFence } from './originFence.js'
import { answerOwnErrors } from './ownErrors.js'
import { addApiHeaders } from './securityHeaders.js'
import { registerHealth, registerReadiness, registerServerReport } from './serverRoutes.js'
import { registerSessionListRoutes } from './sessionListRoutes.js'
import { registerSessionRoutes } from './sessionRoutes.js'
import { registerSignInRoutes } from './signInRoutes.js'
import type { SignInDeps } from './signInRoutes.js'
import { useZodSchemas } from './zodSchemas.js'

/** Names a request in the answer, as the log does by `reqId`. */
const REQUEST_ID_HEADER = 'X-Request-Id'

/** Where the routes are, and what surrounds them. */
export interface RestSurface {
  /** Put before every address: `/v1`, or nothing. */
  readonly basePath: string
  /** Whether there are `/health` and `/ready`. */
  readonly hasHealth: boolean
  /** Whether documentation of the app around them describes the routes. */
  readonly isDocumented: boolean
  /** Whether answers have CORS headers, which a proxy may set in their place. */
  readonly corsHeaders: boolean
  readonly corsCredentials: boolean
  /** Whether the app is somebody else's, whose own `/api`, `/health` and `/ready` win. */
  readonly isGuest: boolean
  /** Whether `/` tells what the server is; otherwise it is a page. */
  readonly hasRoot: boolean
}

/** What the routes need. */
export interface RestRoutesDeps {
  limits: Limits
  surface: RestSurface
  supportsSocketIo: boolean
  product: Product
  /** Absent when there is no sign-in. */
  signIn: Omit<SignInDeps, 'strictLimits' | 'knownSessions'> | undefined
  strictLimits: StrictLimits
  knownSessions: KnownSessions
  admitOrigin: (request: IncomingMessage) => boolean
  logRefusal: RefusalLog
  sessions: Sessions
  /** Rejects while the store cannot be written. */
  requireWritable(this: void): Promise<void>
  draining: Draining
  /** Called whenever somebody asks whether the server is ready. */
  onReadyAsked(this: void): void
  metrics: Metrics
  /** Absent when this port serves no metrics. */
  prometheus: Prometheus | undefined
  metricsToken: string | undefined
}

/** Registers all routes in their own scope, so that its hooks do not affect the rest of the app. */
export async function registerRestRoutes(
  app: FastifyInstance,
  deps: RestRoutesDeps,
): Promise<void> {
  const { metrics, surface } = deps
  const surround = (scope: FastifyInstance): void => {
    answerOwnErrors(scope)
    describeRoutes(scope, !surface.isDocumented)
    scope.addHook('onError', (_request, _reply, { code }, done) => {
      if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') metrics.refused('maxPayloadBytes')
      done()
    })
    scope.addHook('onRequest', (request, reply, done) => {
      reply.header(REQUEST_ID_HEADER, request.id)
      done()
    })
    addApiHeaders(scope)
    useZodSchemas(scope)
    addOriginFence(scope, deps.admitOrigin)
    if (surface.corsHeaders) addCors(scope, surface.corsCredentials)
  }
  const register = async (scope: FastifyInstance): Promise<void> => {
    surround(scope)
    registerServerRoutes(scope, deps)
    // Asynchronous, since Fastify does not catch what another function throws.
    await scope.register(async (routes) => {
      await Promise.resolve()
      registerSessions(routes, deps)
    })
  }
  try {
    await app.register(register, { prefix: surface.basePath })
  } catch (error) {
    throw withWayOut(error as FastifyError)
  }
  if (surface.hasRoot) {
    await app.register((scope, _options, done) => {
      surround(scope)
      registerServerReport(scope, '/', deps)
      done()
    })
  }
}

/** Says what to do about a route that the app around has as well. */
function withWayOut(error: FastifyError): Error {
  if (error.code !== 'FST_ERR_DUPLICATED_ROUTE') return error
  const message = `${error.message}. Give the plugin a prefix, or the option basePath`
  return new OptionError(message, { cause: error })
}

function registerServerRoutes(scope: FastifyInstance, deps: RestRoutesDeps): void {
  const { surface, limits, logRefusal, prometheus } = deps
  const at = (name: string, add: (url: string) => void): void => {
    if (!surface.isGuest) add(`/${name}`)
    else if (!scope.hasRoute({ method: 'GET', url: `${scope.prefix}/${name}` })) {
      add(yieldingUrl(name))
    }
  }
  at('api', (url) => {
    registerServerReport(scope, url, deps)
  })
  if (surface.hasHealth) {
    at('health', (url) => {
      registerHealth(scope, url)
    })
    at('ready', (url) => {
      registerReadiness(scope, url, { ...deps, onAsked: deps.onReadyAsked })
    })
  }
  if (prometheus) {
    registerMetricsRoute(scope, { prometheus, token: deps.metricsToken, limits, logRefusal })
  }
}

function registerSessions(scope: FastifyInstance, deps: RestRoutesDeps): void {
  const { limits, strictLimits, knownSessions, sessions, metrics, logRefusal, signIn } = deps
  const calls = commandsPerSession(limits, metrics, (sessionId, limit) => {
    logRefusal(`call ${sessionId}`, { sessionId, limit }, 'call refused by a limit')
  })
  registerSessionRoutes(scope, sessions, { calls, strictLimits, metrics, logRefusal })
  registerSessionListRoutes(scope, sessions, calls)
  if (!signIn) return
  const withLimits = { ...signIn, strictLimits, knownSessions }
  registerSignInRoutes(scope, sessions, withLimits, { calls, metrics, logRefusal })
}
