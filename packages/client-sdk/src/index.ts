export { memoryStorage, webStorage } from './sessionStorage.js'
export { isYektaYarError, YektaYarError } from './yektaYarError.js'
export { YektaYarSocket } from './yektaYarSocket.js'

export type { ClientSession, SessionState } from './clientSession.js'
export type { ConnectionSnapshot, StatusChange } from './connectionState.js'
export type { Unsubscribe } from './emitter.js'
export type {
  AcquireContext,
  AcquireReason,
  CallOptions,
  ConnectOptions,
  TokenSource,
  TransportName,
  YektaYarSocketOptions,
} from './options.js'
export type { UrlSource } from './serverUrl.js'
export type { SessionStorage } from './sessionStorage.js'
export type { ConnectionStatus } from './status.js'
export type { YektaYarErrorDetails } from './yektaYarError.js'
export type { CallArguments } from './yektaYarSocket.js'
