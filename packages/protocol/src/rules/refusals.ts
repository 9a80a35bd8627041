import { MAX_METADATA_BYTES } from '../constants.js'
import { describeIssues } from '../describeIssues.js'
import type { ServerErrorCode } from '../errors.js'
import type { ValidationIssue } from '../validationIssue.js'
import { didYouMean } from './nearest.js'

/** A refusal with the texts for the caller. */
export interface Refusal {
  readonly code: ServerErrorCode
  readonly message: string
  readonly hint?: string
  /** Whether the same request may succeed later. @default depends on the code */
  readonly retryable?: boolean
}

/** Hints for a caller that presented no token. */
export const tokenHints = {
  handshake: 'Acquire a session with POST /api/session/acquire and pass its token as auth.token',
  rest: 'Send the header Authorization: Bearer <token>',
} as const

/** All refusals with fixed texts. The guide fixes the texts about tokens. */
export const refusals = {
  answerExpired: {
    code: 'answer_expired',
    message: 'The answer has been removed',
    hint: 'The command may have taken effect; check before you send it again',
  },
  binaryInput: { code: 'invalid_input', message: 'The input contains binary data' },
  connectionClosed: { code: 'conflict', message: 'The connection has closed' },
  internalError: {
    code: 'internal_error',
    message: 'The server failed while it handled this',
    hint: 'The server log has the cause; the request may have had an effect',
  },
  itemsWithGaps: { code: 'invalid_input', message: 'The numbers of the items have gaps' },
  leftRoom: { code: 'conflict', message: 'The connection is not in the room any more' },
  metadataTooLarge: {
    code: 'invalid_input',
    message: 'The metadata is too large',
    hint: `At most ${String(MAX_METADATA_BYTES)} bytes of JSON`,
  },
  noSuchConnection: {
    code: 'conflict',
    message: 'The session has no such connection here',
    hint: 'Leave socketId out, and connect with the new token',
  },
  noSuchSession: { code: 'not_found', message: 'You have no such session' },
  notARoomName: { code: 'invalid_input', message: 'This is not the name of a room' },
  nothingHere: {
    code: 'not_found',
    message: 'There is nothing at this address',
    hint: 'Check the path: sessions are under /api/session, Socket.IO is at /socket.io/',
  },
  outboxForked: {
    code: 'outbox_forked',
    message: 'Another item was delivered under this number',
    hint: 'The outbox was copied; deliver under a new outbox id',
  },
  outboxOfOther: {
    code: 'forbidden',
    message: 'This outbox belongs to another session',
    hint: 'Deliver under an outbox id of your own',
  },
  reservedKey: { code: 'invalid_input', message: 'The input contains a reserved key' },
  sessionChanged: {
    code: 'conflict',
    message: 'A user signed in or out in the meantime',
    hint: 'Try again',
    retryable: true,
  },
  answerOfAnother: {
    code: 'conflict',
    message: 'The user has changed before the answer',
    hint: 'The command has run; the answer is for the user who sent it',
  },
  sessionFull: {
    code: 'session_replaced',
    message: 'The session has too many connections',
    hint: 'Close another tab or client, or leave auth.yields out to replace the oldest',
  },
  tokenInvalid: {
    code: 'token_invalid',
    message: 'Invalid or expired session token',
    hint: 'Acquire a new session with POST /api/session/acquire',
  },
  tokenRequired: { code: 'token_required', message: 'Authentication token required' },
  tooManyPayloads: {
    code: 'invalid_input',
    message: 'A command takes one payload argument at most',
    hint: 'Put several values into one object; the acknowledgement must be a function',
  },
  transientInOutbox: {
    code: 'invalid_input',
    message: 'This command is transient: it is not sent through an outbox',
  },
  unfitInput: { code: 'invalid_input', message: 'Invalid input' },
  unfitMessage: { code: 'invalid_input', message: 'Invalid message' },
  unfitPresence: { code: 'invalid_input', message: 'Invalid presence' },
  unfitRequest: { code: 'invalid_input', message: 'Invalid request' },
  unknownCommand: { code: 'unknown_command', message: 'The server has no such command' },
  wrongCredentials: { code: 'unauthorized', message: 'Wrong credentials' },
} as const satisfies Readonly<Record<string, Refusal>>

/** The refusal of a command that is not among these; names the nearest one. */
export function refusalOfCommand(name: unknown, known: Iterable<string>): Refusal {
  const { code, message } = refusals.unknownCommand
  const question = typeof name === 'string' ? didYouMean(name, known) : undefined
  return { code, message: question === undefined ? message : `${message}. ${question}` }
}

/** The same refusal with the first issue in its message. */
export function refusalOfIssues(refusal: Refusal, issues: readonly ValidationIssue[]): Refusal {
  return { ...refusal, message: describeIssues(refusal.message, issues) }
}

/** The refusal of a presence that is too large. */
export function presenceTooLarge(maxBytes: number) {
  const message = `Too large: at most ${String(maxBytes)} bytes of JSON`
  const issues = [{ path: 'presence', message }]
  return { ...refusalOfIssues(refusals.unfitInput, issues), data: { issues } }
}

/** The refusal of a session that may not do something in a room. */
export function forbiddenInRoom(action: 'join' | 'read' | 'send'): Refusal {
  return {
    code: 'room_forbidden',
    message: `This session may not ${action} here`,
    hint: 'The authorize option of the server decides this',
  }
}

/**
 * Codes after which the same item of an outbox may succeed: it keeps its number, and is sent
 * again.
 */
const temporaryCodes: readonly ServerErrorCode[] = [
  'rate_limited',
  'store_full',
  'store_unavailable',
]

/** Whether the same item of an outbox may succeed later, so that it keeps its number. */
export function isTemporary(code: ServerErrorCode): boolean {
  return temporaryCodes.includes(code)
}
