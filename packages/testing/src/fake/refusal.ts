import { YektaYarError } from '@yektayar/client'
import { copyJson, isRetryable, isServerErrorCode, MAX_PRESENCE_BYTES } from '@yektayar/protocol'
import type { AnswerError, Json } from '@yektayar/protocol'
import {
  forbiddenInRoom,
  isTemporary as isTemporaryCode,
  presenceTooLarge,
  refusals,
} from '@yektayar/protocol/rules'
import type { Refusal } from '@yektayar/protocol/rules'
import { utf8Length } from './utf8Length.js'

/** The error for a refusal, with the same texts as from a server. */
export function errorOf(
  { code, message, ...options }: Refusal,
  details: { readonly hint?: string; readonly data?: unknown } = {},
): YektaYarError {
  return new YektaYarError(code, message, { ...options, ...details })
}

/** @throws {YektaYarError} `room_forbidden` unless the test's `authorize` has returned `true` */
export function requireAllowed(isAllowed: unknown, action: 'join' | 'read' | 'send'): void {
  if (isAllowed !== true) throw errorOf(forbiddenInRoom(action))
}

/** @throws {YektaYarError} `invalid_input` for a presence that is too large */
export function requirePresence(presence: Json): Json {
  if (utf8Length(JSON.stringify(presence)) <= MAX_PRESENCE_BYTES) return presence
  const { data, ...refusal } = presenceTooLarge(MAX_PRESENCE_BYTES)
  throw errorOf(refusal, { data })
}

/**
 * Converts a failure for the wire. An error that is not a refusal is a bug in a handler. Unlike on
 * a server, its text is kept, since the author of the test has written the handler.
 */
export function toAnswerError(error: unknown): AnswerError {
  const { code, hint, data, retryable } = (error ?? {}) as Partial<AnswerError> // looked at before use
  const copy = data === undefined ? undefined : copyJson(data)
  if (copy && !copy.ok) {
    const { path, message } = copy.issue
    return failureOf(`A handler threw an error whose data is not JSON: ${path || 'it'} ${message}`)
  }
  if (error instanceof Error && isServerErrorCode(code)) {
    return {
      code,
      message: error.message,
      retryable: retryable ?? isRetryable(code),
      ...(hint !== undefined && { hint }),
      ...(copy && { data: copy.value }),
    }
  }
  return failureOf(`A handler threw: ${String(error)}`)
}

function failureOf(message: string): AnswerError {
  return { ...refusals.internalError, message, retryable: false }
}

/** Whether the same item of an outbox may succeed later, so that it keeps its number. */
export function isTemporary(error: unknown): boolean {
  return isTemporaryCode(toAnswerError(error).code)
}
