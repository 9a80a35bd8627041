export { memoryStorage, webStorage } from './sessionStorage.js'
export { isYektaYarError, YektaYarError } from './yektaYarError.js'
export { YektaYarSocket } from './yektaYarSocket.js'

export type { CallArguments } from './callArguments.js'
export type {
  ClientOutbox,
  OutboxItem,
  OutboxItemState,
  OutboxOptions,
  OutboxStorage,
} from './clientOutbox.js'
export type {
  ClientRoom,
  HistoryOptions,
  RoomContinuity,
  RoomEntry,
  RoomEvents,
  RoomSnapshot,
  RoomState,
} from './clientRoom.js'
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
