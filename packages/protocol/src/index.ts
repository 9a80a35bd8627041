export {
  DEFAULT_PORT,
  DEFAULT_URL,
  MAX_DELIVERY_ITEMS,
  MAX_EARLY_JOINS,
  MAX_HISTORY_PAGE,
  MAX_INPUT_DEPTH,
  MAX_INPUT_KEYS,
  MAX_METADATA_BYTES,
  MAX_PAYLOAD_BYTES,
  MAX_PRESENCE_BYTES,
  MAX_ROOM_NAME_LENGTH,
  PROTOCOL_VERSION,
  SESSION_ACQUIRE_PATH,
  SESSION_IDLE_DAYS,
  SESSION_LIFETIME_DAYS,
  SESSION_LIST_PATH,
  SESSION_PATH,
  SESSION_RENEW_PATH,
  SESSION_SIGN_IN_PATH,
  SESSION_SIGN_OUT_PATH,
} from './constants.js'
export { command, defineContract, extendContract } from './contract.js'
export { ContractError } from './contractError.js'
export { copyJson } from './copyJson.js'
export {
  CommandFailed,
  coreContract,
  Echoed,
  InfoReport,
  MessageReceipt,
  Pong,
  ServerDraining,
  StatusReport,
  Welcome,
} from './coreContract.js'
export { describeIssues } from './describeIssues.js'
export { docsOf } from './docsOf.js'
export { ConnectionAccepted, RoomEntered } from './earlyJoin.js'
export { clientErrorCodes, isRetryable, isServerErrorCode, serverErrorCodes } from './errors.js'
export { json, jsonOf, none, optionalJson } from './json.js'
export { measureJson } from './measureJson.js'
export { isOwnOrPublic, memberOf } from './member.js'
export type { SessionIdentity } from './member.js'
export {
  OutboxAnswer,
  OutboxDelivered,
  OutboxDelivery,
  OutboxItem,
  OutboxPut,
  OutboxPutAnswered,
  OwnMessage,
} from './outbox.js'
export type { PutMessage } from './outbox.js'
export {
  PresenceSet,
  RoomExpelled,
  RoomHeads,
  RoomHistory,
  RoomJoin,
  RoomJoined,
  RoomLeave,
  RoomLeft,
  RoomMessage,
  RoomPage,
  RoomPosition,
  RoomPresence,
  RoomPresent,
  RoomReceipt,
  RoomReset,
  roomResetReasons,
  RoomSend,
  RoomTyping,
  RoomTypingChanged,
} from './room.js'
export { room } from './roomDefinition.js'
export { isRoomName, isStorableText } from './roomName.js'
export { unknownRoom } from './unknownRoom.js'
export { boundIssues, validate } from './schema.js'
export {
  AcquiredSession,
  AcquireSession,
  ChangedSession,
  Credentials,
  Session,
  SessionChanged,
  SessionEnded,
  sessionEndCodes,
  SessionMetadata,
  SessionSummary,
  SignIn,
  SignOut,
} from './session.js'

export type { Acknowledge, Answer, AnswerError } from './answer.js'
export type {
  AnyContract,
  CommandDefinition,
  CommandMap,
  Contract,
  ContractPart,
  Delivery,
  EventMap,
  ExtendedContract,
} from './contract.js'
export type { CoreContract } from './coreContract.js'
export type {
  ClientToServerEvents,
  CommandInput,
  CommandName,
  CommandOutput,
  EventName,
  EventInput,
  EventPayload,
  InputArguments,
  ParsedCommandInput,
  ServerToClientEvents,
} from './derive.js'
export type {
  AskedRoom,
  Message,
  MessageInput,
  NameOf,
  ParamOf,
  PatternOf,
  PayloadOf,
  Presence,
  PresenceInput,
  RoomHint,
  RoomName,
  RoomOf,
  RoomParams,
  RoomPattern,
} from './deriveRooms.js'
export type { ClientErrorCode, ErrorCode, ServerErrorCode } from './errors.js'
export type { JsonCopy } from './copyJson.js'
export type { Json } from './jsonValue.js'
export type { Jsonable } from './jsonable.js'
export type { JsonMeasure } from './measureJson.js'
export type { RoomResetReason } from './room.js'
export type { RoomDefinition, RoomMap } from './roomDefinition.js'
export type { MatchedRoom } from './roomMatcher.js'
export type { SessionEndCode } from './session.js'
export type { UnknownRoom } from './unknownRoom.js'
export type { Schema, ValidationResult } from './schema.js'
export type { ValidationIssue } from './validationIssue.js'
