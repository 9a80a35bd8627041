export { memoryStorage, webStorage } from './session/sessionStorage.js'
export { isYektaYarError, YektaYarError } from './shared/yektaYarError.js'
export { YektaYarSocket } from './yektaYarSocket.js'

export type { CallArguments } from './commands/callArguments.js'
export type { ConnectionSnapshot } from './connection/connectionState.js'
export type { ConnectionStatus } from './connection/connectionStatus.js'
export type {
  ClientOutbox,
  OutboxItem,
  OutboxItemState,
  OutboxSnapshot,
  OutboxStorage,
} from './outbox/clientOutbox.js'
export type {
  AnyRoom,
  ClientRoom,
  HistoryOptions,
  JoinArguments,
  JoinOptions,
  ReceivedMessage,
  ReceivedPage,
  RoomContinuity,
  RoomEntry,
  RoomEvents,
  RoomHandleOf,
  RoomMember,
  RoomOfPattern,
  RoomSnapshot,
  RoomState,
} from './rooms/clientRoom.js'
export type { ClientSession, SessionSnapshot, SessionState } from './session/clientSession.js'
export type { Unsubscribe } from './shared/emitter.js'
export type {
  AcquireContext,
  AcquireReason,
  CallOptions,
  ConnectOptions,
  OutboxOptions,
  SessionStorage,
  TokenSource,
  TransportName,
  YektaYarSocketOptions,
} from './shared/options.js'
export type { ReadableState } from './shared/readableState.js'
export type { UrlSource } from './shared/serverUrl.js'
export type { TraceEvent } from './shared/trace.js'
export type { YektaYarErrorDetails } from './shared/yektaYarError.js'
