import type { AnyContract, CoreContract } from '@yektayar/protocol'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createDraining } from './draining.js'
import { listenForMetrics } from './http/metricsRoute.js'
import { registerRestRoutes } from './http/restRoutes.js'
import { registerSecondAddress } from './http/secondAddress.js'
import type { Limits } from './limits.js'
import { countEngineRefusals } from './metrics/engineRefusals.js'
import { noMetrics } from './metrics/metrics.js'
import type { Metrics } from './metrics/metrics.js'
import { createPrometheus } from './metrics/prometheus.js'
import { resolveOptions } from './options.js'
import type { ResolvedOptions, YektaYarOptions } from './options.js'
import { createOriginPolicy } from './origins.js'
import { createSessions } from './sessions/sessions.js'
import type { Sessions } from './sessions/sessions.js'
import { startSweeper, sweepIntervalMs } from './sessions/sweeper.js'
import { fenceAddresses } from './socket/addressFence.js'
import { closeWithApp } from './socket/closeWithApp.js'
import { collectHandlers } from './socket/commands/index.js'
import type { RealtimeServer } from './socket/connection.js'
import { createDispatcher } from './socket/dispatcher.js'
import { createLiveSessions } from './socket/liveSessions.js'
import type { LiveSessions } from './socket/liveSessions.js'
import { createRealtime, logHandshakeFailures } from './socket/realtime.js'
import { openDatabase } from './store/openDatabase.js'

/** What the plugin offers to the rest of the app. */
export interface YektaYar {
  readonly io: RealtimeServer
  readonly sessions: Sessions
  readonly limits: Limits
  /** Where metrics are, once the app is ready, if they have a port of their own. */
  readonly metricsUrl: string | undefined
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Decorated by the `yektayar` plugin. */
    yektayar: YektaYar
  }
}

/**
 * Fastify plugin: sessions over REST, and every command of the contract over Socket.IO, on the
 * app's own port. Decorates the app with `app.yektayar`.
 *
 * @throws {OptionError} `invalid_options` at registration
 */
export const yektayar = fp(register, { name: '@yektayar/server', fastify: '5.x' }) as <
  Contract extends AnyContract = CoreContract,
>(
  app: FastifyInstance,
  options: YektaYarOptions<Contract>,
) => Promise<void> // `fp` would erase the contract's type

async function register(app: FastifyInstance, options: YektaYarOptions): Promise<void> {
  const resolved = resolveOptions(options)
  const { allowQueryToken, checkOutputs, contract, corsCredentials, limits, runtime } = resolved
  const isOriginAllowed = createOriginPolicy(resolved)
  const { log } = app

  const draining = createDraining()
  const prometheus =
    resolved.metrics &&
    createPrometheus({
      connections: () => io.sockets.sockets.size,
      sessions: () => live.ids().length,
    })
  if (prometheus) app.addHook('onClose', prometheus.close)
  const metrics: Metrics = prometheus ?? noMetrics
  const { live, sessions } = await startSessions(app, resolved, metrics)

  const handlers = collectHandlers(resolved.commands, sessions, allowQueryToken)
  const dispatch = createDispatcher({
    contract,
    handlers,
    sessions,
    checkOutputs,
    draining,
    metrics,
    limits,
  })
  const io = createRealtime({
    sessions,
    live,
    dispatch,
    isOriginAllowed,
    corsCredentials,
    allowQueryToken,
    limits,
    metrics,
    log,
  })
  const listener = prometheus && listenForMetrics(app, prometheus, resolved.metrics)
  app.decorate('yektayar', {
    io,
    sessions,
    limits,
    get metricsUrl() {
      return listener?.url
    },
  })

  if (runtime.supportsSocketIo) {
    io.attach(app.server)
    logHandshakeFailures(io, log)
    fenceAddresses(io, { limits, metrics, addressOf: resolved.addressOf, log })
    countEngineRefusals(io, limits, metrics)
    closeWithApp(app, io, { draining, limits })
    registerSecondAddress(app, io.path())
  }
  await registerRestRoutes(app, {
    resolved,
    isOriginAllowed,
    sessions,
    draining,
    metrics,
    prometheus: listener ? undefined : prometheus,
  })
}

/** Opens the store, and starts what keeps its sessions and those with connections in step. */
async function startSessions(
  app: FastifyInstance,
  { databaseUrl, sessionTtlDays, sessionIdleDays, limits }: ResolvedOptions,
  metrics: Metrics,
): Promise<{ live: LiveSessions; sessions: Sessions }> {
  const { log } = app
  const database = await openDatabase(databaseUrl, limits.databaseBusyTimeoutMs)
  app.addHook('onClose', () => database.destroy())
  const live = createLiveSessions({
    onExpired: (id) => {
      sessions.end(id, 'expired').catch((error: unknown) => {
        log.error({ err: error }, 'an expired session could not be ended')
      })
    },
    onLeft: (id) => {
      sessions.touchAll([id]).catch((error: unknown) => {
        log.debug({ err: error }, 'the end of a connection could not be noted')
      })
    },
    limits,
    metrics,
  })
  const sessions = createSessions({
    database,
    sessionTtlDays,
    sessionIdleDays,
    listener: live,
    limits,
  })
  app.addHook(
    'onClose',
    startSweeper(sessions, live.ids, sweepIntervalMs(sessionIdleDays, limits), log),
  )
  app.addHook('onClose', (_app, done) => {
    live.close()
    done()
  })
  return { live, sessions }
}
