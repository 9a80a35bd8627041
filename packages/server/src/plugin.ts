import type { AnyContract, CoreContract } from '@yektayar/protocol'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { sendError } from './http/errors.js'
import { registerOriginFence } from './http/originFence.js'
import { registerSecondAddress } from './http/secondAddress.js'
import { registerHealth, registerServerReport } from './http/serverRoutes.js'
import { registerSessionListRoutes } from './http/sessionListRoutes.js'
import { registerSessionRoutes } from './http/sessionRoutes.js'
import { registerSignInRoutes } from './http/signInRoutes.js'
import { useZodSchemas } from './http/zodSchemas.js'
import { resolveOptions } from './options.js'
import type { YektaYarOptions } from './options.js'
import { createOriginPolicy } from './origins.js'
import { createSessions } from './sessions/sessions.js'
import type { Sessions } from './sessions/sessions.js'
import { startSweeper, sweepIntervalMs } from './sessions/sweeper.js'
import { fenceAddresses } from './socket/addressFence.js'
import { closeWithApp } from './socket/closeWithApp.js'
import { collectHandlers } from './socket/commands/index.js'
import type { RealtimeServer } from './socket/connection.js'
import { guardControl } from './socket/controlGuard.js'
import { createDispatcher } from './socket/dispatcher.js'
import { hurryPolling } from './socket/impatientPolling.js'
import { createLiveSessions } from './socket/liveSessions.js'
import { createRealtime, logHandshakeFailures } from './socket/realtime.js'
import { guardUnread } from './socket/unreadGuard.js'
import { openDatabase } from './store/openDatabase.js'

/** What the plugin offers to the rest of the app. */
export interface YektaYar {
  readonly io: RealtimeServer
  readonly sessions: Sessions
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

  const database = await openDatabase(resolved.databaseUrl, limits.databaseBusyTimeoutMs)
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
  })
  const { sessionTtlDays, sessionIdleDays } = resolved
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

  const handlers = collectHandlers(resolved.commands, sessions, allowQueryToken)
  const dispatch = createDispatcher({ contract, handlers, sessions, checkOutputs, limits, log })
  const io = createRealtime({
    sessions,
    live,
    dispatch,
    isOriginAllowed,
    corsCredentials,
    allowQueryToken,
    limits,
    log,
  })
  app.decorate('yektayar', { io, sessions })

  if (runtime.supportsSocketIo) {
    io.attach(app.server)
    logHandshakeFailures(io, log)
    fenceAddresses(io, { limits, addressOf: resolved.addressOf, log })
    const onRefused = (reason: string): void => {
      log.info({ reason }, 'connection closed by a limit')
    }
    hurryPolling(io, limits.closeGraceMs)
    guardControl(io, { limits, onRefused })
    app.addHook('onClose', guardUnread(io, { limits, onRefused }))
    closeWithApp(app, io, limits.closeGraceMs)
    registerSecondAddress(app, io.path())
  }

  await app.register(async (scope) => {
    scope.setErrorHandler(sendError)
    useZodSchemas(scope)
    await registerOriginFence(scope, isOriginAllowed, corsCredentials)
    registerServerReport(scope, '/api', runtime.supportsSocketIo)
    registerHealth(scope)
    await scope.register((routes, _options, done) => {
      registerSessionRoutes(routes, sessions, limits)
      registerSessionListRoutes(routes, sessions)
      if (resolved.signIn) registerSignInRoutes(routes, sessions, resolved.signIn)
      done()
    })
  })
}
