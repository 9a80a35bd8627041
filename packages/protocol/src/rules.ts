export { continuityAt, isInLog } from './rules/continuity.js'
export { earlyJoinsOf } from './rules/earlyJoins.js'
export { didYouMean, nearestName } from './rules/nearest.js'
export { areConsecutive, orderOf, repeatedAnswer } from './rules/outboxOrder.js'
export { deliveryOf } from './rules/outboxPut.js'
export {
  JOIN_PAGE_SIZE,
  MAX_ECHOED_NAME_LENGTH,
  MAX_PAGE_BYTES,
  memberBytes,
} from './rules/defaults.js'
export { refusalOfProtocol } from './rules/protocolVersion.js'
export { readPublished } from './rules/published.js'
export {
  forbiddenInRoom,
  isTemporary,
  refusalOfCommand,
  refusalOfIssues,
  presenceTooLarge,
  refusals,
  tokenHints,
} from './rules/refusals.js'
export {
  infoReport,
  maskToken,
  messageReceipt,
  productTexts,
  roomReceipt,
  statusReport,
  welcomeOf,
} from './rules/replies.js'
export { parseMessage, parsePresence } from './rules/rooms.js'
export { refusalOfInput } from './rules/unsafeInput.js'
export { isUserId, kindOf, MAX_USER_ID_LENGTH, readUserId } from './rules/userId.js'

export type { EmittedPayload } from './rules/emittedPayload.js'
export type { HandlerResult } from './rules/handlerResult.js'
export type { KeptAround, LogEnd } from './rules/continuity.js'
export type {
  DeliveryOrder,
  NumberedItem,
  OutboxEnd,
  RepeatedAnswer,
  SentBefore,
} from './rules/outboxOrder.js'
export type { PublishedData } from './rules/published.js'
export type { Refusal } from './rules/refusals.js'
export type { ReportedConnection, ReportedProduct } from './rules/replies.js'
