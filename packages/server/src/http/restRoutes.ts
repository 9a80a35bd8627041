import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { ResolvedOptions } from '../app/options.js'
import type { Prometheus } from '../metrics/prometheus.js'
import type { Sessions } from '../sessions/sessions.js'
import type { Draining } from '../shared/draining.js'
import type { Metrics } from '../shared/metrics.js'
import { createRateLimit } from '../shared/rateLimit.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import { sendError } from './errors.js'
import { registerMetricsRoute } from './metricsRoute.js'
import { registerOriginFence } from './originFence.js'
import { addApiHeaders } from './securityHeaders.js'
import { registerHealth, registerReadiness, registerServerReport } from './serverRoutes.js'
import { registerSessionListRoutes } from './sessionListRoutes.js'
import { registerSessionRoutes } from './sessionRoutes.js'
import { registerSignInRoutes } from './signInRoutes.js'
import { useZodSchemas } from './zodSchemas.js'

/** What the routes need. */
export interface RestRoutesOptions {
  resolved: ResolvedOptions
  admitOrigin: (request: IncomingMessage) => boolean
  logRefusal: RefusalLog
  sessions: Sessions
  draining: Draining
  metrics: Metrics
  /** Absent where nobody may read metrics on this port. */
  prometheus: Prometheus | undefined
}

/** Registers all routes in a scope of their own, which leaves the rest of the app as it is. */
export async function registerRestRoutes(
  app: FastifyInstance,
  { resolved, admitOrigin, logRefusal, sessions, draining, metrics, prometheus }: RestRoutesOptions,
): Promise<void> {
  const { corsCredentials, limits, runtime, signIn } = resolved
  await app.register(async (scope) => {
    scope.setErrorHandler(sendError)
    scope.addHook('onError', (_request, _reply, { code }, done) => {
      if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') metrics.refused('maxPayloadBytes')
      done()
    })
    addApiHeaders(scope)
    useZodSchemas(scope)
    await registerOriginFence(scope, admitOrigin, corsCredentials)
    registerServerReport(scope, '/api', runtime.supportsSocketIo)
    registerHealth(scope)
    registerReadiness(scope, { sessions, draining, limits })
    if (prometheus) {
      const token = resolved.metrics?.token
      registerMetricsRoute(scope, { prometheus, token, limits, logRefusal })
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
