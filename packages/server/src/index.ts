export { CommandError, isCommandError } from './shared/commandError.js'
export { createServer } from './app/createServer.js'
export { detectRuntime } from './shared/runtime.js'
export { defaultLimits, limitDefinitions } from './shared/limits.js'
export { logLevels } from './shared/logger.js'
export { OptionError } from './shared/optionError.js'
export { yektayar, yektayar as default } from './app/plugin.js'
export { StoreValueError } from './store/storeValueError.js'
export { UsageError } from './shared/usageError.js'

export type { CreateServerOptions, ServerOptions, YektaYarServer } from './app/createServer.js'
export type { BaseOptions, Environment, MessageHandler, YektaYarOptions } from './app/options.js'
export type { Register, YektaYar, YektaYarPlugin } from './app/yektaYar.js'
export type {
  AppCommandHandlers,
  CommandContext,
  CommandHandler,
  OnceContext,
  OnceHandler,
} from './commands/commandContext.js'
export type { DocsCredentials } from './http/docs.js'
export type { MetricsOptions } from './http/metricsRoute.js'
export type { Authenticate, SignInContext } from './http/signInRoutes.js'
export type { Publisher, RoomPublisher } from './once/publisher.js'
export type { Authorize, RoomAction } from './rooms/authorize.js'
export type { CommandSession } from './sessions/commandSession.js'
export type { StoredSession } from './store/store.js'
export type { RoomRights } from './rooms/roomRights.js'
export type { Sessions } from './sessions/sessions.js'
export type { DoubtedRights } from './store/store.js'
export type { CommandErrorOptions } from './shared/commandError.js'
export type { LimitDefinition, LimitName, Limits } from './shared/limits.js'
export type { LogLevel } from './shared/logger.js'
export type { OriginFunction, OriginPolicyOptions } from './shared/originPolicy.js'
export type { Runtime } from './shared/runtime.js'
export type { UsageErrorCode } from './shared/usageError.js'
export type { Connection, ConnectionData, RealtimeServer } from './socketio/connection.js'
export type { AppDatabase } from './store/appDatabase.js'
