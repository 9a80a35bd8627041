export { CommandError, isCommandError } from './commandError.js'
export { createServer } from './createServer.js'
export { detectRuntime } from './runtime.js'
export { defaultLimits, limitDefinitions } from './limits.js'
export { logLevels } from './logger.js'
export { OptionError } from './optionError.js'
export { yektayar, yektayar as default } from './plugin.js'
export { StoreValueError } from './store/storeValueError.js'

export type { CommandErrorOptions } from './commandError.js'
export type { CreateServerOptions, ServerOptions, YektaYarServer } from './createServer.js'
export type { DocsCredentials } from './http/docs.js'
export type { MetricsOptions } from './http/metricsRoute.js'
export type { Authenticate, SignInContext } from './http/signInRoutes.js'
export type { LimitDefinition, LimitName, Limits } from './limits.js'
export type { LogLevel } from './logger.js'
export type { BaseOptions, Environment, MessageHandler, YektaYarOptions } from './options.js'
export type { OriginPolicyOptions } from './origins.js'
export type { YektaYar } from './plugin.js'
export type { Authorize, RoomAction } from './rooms/authorize.js'
export type { Publisher, RoomPublisher } from './rooms/publisher.js'
export type { Runtime } from './runtime.js'
export type { StoredSession } from './sessions/sessionQueries.js'
export type { Sessions } from './sessions/sessions.js'
export type {
  AppCommandHandlers,
  CommandContext,
  CommandHandler,
  CommandSession,
  OnceContext,
  OnceHandler,
} from './socket/commandContext.js'
export type { Connection, ConnectionData, RealtimeServer } from './socket/connection.js'
export type { StoreTransaction } from './store/openDatabase.js'
