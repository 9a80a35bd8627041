import type { AnyContract, CoreContract } from '@yektayar/protocol'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { assemble } from './assemble.js'
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
import type { Publisher } from './rooms/publisher.js'
import type { Sessions } from './sessions/sessions.js'
import { fenceAddresses } from './socket/addressFence.js'
import { closeWithApp } from './socket/closeWithApp.js'
import type { RealtimeServer } from './socket/connection.js'
import { logHandshakeFailures } from './socket/realtime.js'
import type { StoreTransaction } from './store/openDatabase.js'

/** What the plugin offers to the rest of the app. */
export interface YektaYar extends Publisher {
  readonly io: RealtimeServer
  readonly sessions: Sessions
  /** The store, for tables of the app's own: `database.withTables<{ … }>()`. */
  readonly database: StoreTransaction
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
  const { corsCredentials, limits, runtime } = resolved
  const isOriginAllowed = createOriginPolicy(resolved)
  const { log } = app

  const house = await assemble(resolved, isOriginAllowed, log)
  app.addHook('onClose', () => house.close())
  const { io, sessions } = house
  app.decorate('yektayar', house)

  if (runtime.supportsSocketIo) {
    io.attach(app.server)
    logHandshakeFailures(io, log)
    fenceAddresses(io, { limits, addressOf: resolved.addressOf, log })
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
