import type { AnyContract, CoreContract } from '@yektayar/protocol'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { sendError } from './http/errors.js'
import { registerOriginFence } from './http/originFence.js'
import { registerSecondAddress } from './http/secondAddress.js'
import { registerHealth, registerServerReport } from './http/serverRoutes.js'
import { registerSessionRoutes } from './http/sessionRoutes.js'
import { useZodSchemas } from './http/zodSchemas.js'
import { resolveOptions } from './options.js'
import type { YektaYarOptions } from './options.js'
import { createOriginPolicy } from './origins.js'
import { createSessions } from './sessions/sessions.js'
import type { Sessions } from './sessions/sessions.js'
import { startSweeper } from './sessions/sweeper.js'
import { closeWithApp } from './socket/closeWithApp.js'
import { collectHandlers } from './socket/commands/index.js'
import type { RealtimeServer } from './socket/connection.js'
import { createDispatcher } from './socket/dispatcher.js'
import { createRealtime, logHandshakeFailures } from './socket/realtime.js'
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
  const { allowQueryToken, checkOutputs, contract, corsCredentials, runtime } = resolved
  const isOriginAllowed = createOriginPolicy(resolved)
  const { log } = app

  const database = await openDatabase(resolved.databaseUrl)
  app.addHook('onClose', () => database.destroy())
  const sessions = createSessions({ database, sessionTtlDays: resolved.sessionTtlDays })
  app.addHook('onClose', startSweeper(sessions, log))

  const handlers = collectHandlers(resolved.commands, allowQueryToken)
  const dispatch = createDispatcher({ contract, handlers, sessions, checkOutputs, log })
  const io = createRealtime({
    sessions,
    dispatch,
    isOriginAllowed,
    corsCredentials,
    allowQueryToken,
    log,
  })
  app.decorate('yektayar', { io, sessions })

  if (runtime.supportsSocketIo) {
    io.attach(app.server)
    logHandshakeFailures(io, log)
    closeWithApp(app, io)
    registerSecondAddress(app, io.path())
  }

  await app.register(async (scope) => {
    scope.setErrorHandler(sendError)
    useZodSchemas(scope)
    await registerOriginFence(scope, isOriginAllowed, corsCredentials)
    registerServerReport(scope, '/api', runtime.supportsSocketIo)
    registerHealth(scope)
    await scope.register((routes, _options, done) => {
      registerSessionRoutes(routes, sessions)
      done()
    })
  })
}
