import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Prometheus } from '../metrics/prometheus.js'
import type { Sessions } from '../sessions/sessions.js'
import type { Draining } from '../shared/draining.js'
import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { createRateLimit } from '../shared/rateLimit.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import { addCors } from './cors.js'
import { sendError } from './errors.js'
import { registerMetricsRoute } from './metricsRoute.js'
import { addOriginFence } from './originFence.js'
import { addApiHeaders } from './securityHeaders.js'
import { registerHealth, registerReadiness, registerServerReport } from './serverRoutes.js'
import { registerSessionListRoutes } from './sessionListRoutes.js'
import { registerSessionRoutes } from './sessionRoutes.js'
import { registerSignInRoutes } from './signInRoutes.js'
import type { SignInOptions } from './signInRoutes.js'
import { useZodSchemas } from './zodSchemas.js'

/** What the routes need. */
export interface RestRoutesDeps {
  limits: Limits
  corsCredentials: boolean
  supportsSocketIo: boolean
  /** Absent where nobody can sign in. */
  signIn: SignInOptions | undefined
  admitOrigin: (request: IncomingMessage) => boolean
  logRefusal: RefusalLog
  sessions: Sessions
  /** Rejects while the store cannot be written. */
  requireWritable(this: void): Promise<void>
  draining: Draining
  metrics: Metrics
  /** Absent where nobody may read metrics on this port. */
  prometheus: Prometheus | undefined
  metricsToken: string | undefined
}

/** Registers all routes in a scope of their own, which leaves the rest of the app as it is. */
export async function registerRestRoutes(
  app: FastifyInstance,
  deps: RestRoutesDeps,
): Promise<void> {
  const { limits, sessions, requireWritable, draining, metrics, logRefusal, prometheus, signIn } =
    deps
  await app.register(async (scope) => {
    scope.setErrorHandler(sendError)
    scope.addHook('onError', (_request, _reply, { code }, done) => {
      if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') metrics.refused('maxPayloadBytes')
      done()
    })
    addApiHeaders(scope)
    useZodSchemas(scope)
    addOriginFence(scope, deps.admitOrigin)
    addCors(scope, deps.corsCredentials)
    registerServerReport(scope, '/api', deps.supportsSocketIo)
    registerHealth(scope)
    registerReadiness(scope, { sessions, requireWritable, draining, limits })
    if (prometheus) {
      registerMetricsRoute(scope, { prometheus, token: deps.metricsToken, limits, logRefusal })
    }
    await scope.register((routes, _options, done) => {
      const calls = createRateLimit({
        burst: limits.commandBurstPerSession,
        perSecond: limits.commandsPerSessionPerSecond,
        maxKeys: limits.maxCounted,
        onRefused: () => {
          metrics.refused('commandsPerSessionPerSecond')
        },
      })
      registerSessionRoutes(routes, sessions, { calls, limits, metrics })
      registerSessionListRoutes(routes, sessions, calls)
      if (signIn) registerSignInRoutes(routes, sessions, signIn, { calls, metrics, logRefusal })
      done()
    })
  })
}
