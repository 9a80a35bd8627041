import { isServerErrorCode } from '@yektayar/protocol'
import { isRecord } from './isRecord.js'
import type { AnswerFailure } from './yektaYarError.js'

/** An acknowledgement after parsing. */
export type ParsedAnswer =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly error: AnswerFailure }

/** Reads what a server acknowledged. Anything but an answer becomes the failure `invalid_answer`. */
export function parseAnswer(value: unknown): ParsedAnswer {
  if (isRecord(value) && value.ok === true) return { ok: true, data: value.data }
  const error = isRecord(value) && value.ok === false ? parseFailure(value.error) : undefined
  return {
    ok: false,
    error: error ?? {
      code: 'invalid_answer',
      message: 'the server answered in an unknown form',
      hint: 'Check that both sides speak the same version',
      retryable: false,
    },
  }
}

/** Reads a failure from an acknowledgement, a refused handshake or a REST body, if it is one. */
export function parseFailure(value: unknown): AnswerFailure | undefined {
  if (!isRecord(value)) return undefined
  const { code, message, hint, retryable, data } = value
  if (typeof code !== 'string' || typeof message !== 'string') return undefined
  return {
    code: isServerErrorCode(code) ? code : 'invalid_answer',
    message,
    hint: typeof hint === 'string' ? hint : undefined,
    retryable: retryable === true,
    data,
  }
}
