import { isRetryable, isServerErrorCode } from '@yektayar/protocol'
import type { Answer, AnswerError } from '@yektayar/protocol'
import { expect } from 'vitest'

/** What an answer to a client must never contain: stacks, paths, SQL, source code. */
const INSIDES =
  /\n\s+at |node_modules|file:\/\/|\.[jt]s:\d|sqlite|no such table|\b(select|insert|update)\b.*\b(from|into|set)\b|=>|function ?\(/i

/**
 * Expects an error in its wire format, without internals of the server.
 *
 * @param isRetried whether it may pass. @default as its code says
 */
export function checkError(value: unknown, isRetried?: boolean): AnswerError {
  expect(value).toBeTypeOf('object')
  const { code, message, retryable, hint, data, ...rest } = value as Record<string, unknown>
  expect(rest).toEqual({})
  if (!isServerErrorCode(code)) throw new Error(`Not a server's code: ${String(code)}`)
  expect(message).toBeTypeOf('string')
  expect(message).not.toBe('')
  expect(retryable).toBe(isRetried ?? isRetryable(code))
  if (hint !== undefined) expect(hint).toBeTypeOf('string')
  expect(`${String(message)} ${String(hint)} ${JSON.stringify(data)}`).not.toMatch(INSIDES)
  return value as AnswerError // every field was checked above
}

/** Expects an answer: a result, or an error in its wire format. */
export function checkAnswer(value: unknown): Answer<unknown> {
  expect(value).toBeTypeOf('object')
  const { ok, error, ...rest } = value as Record<string, unknown>
  if (ok === true) {
    expect(error).toBeUndefined()
    expect(Object.keys(rest).filter((key) => key !== 'data')).toEqual([])
  } else {
    expect(ok).toBe(false)
    expect(rest).toEqual({})
    checkError(error)
  }
  return value as Answer<unknown> // every field was checked above
}

/** Expects the one body format of REST errors. @param isRetried as in `checkError()` */
export function checkErrorBody(text: string, isRetried?: boolean): AnswerError {
  const { error, ...rest } = JSON.parse(text) as Record<string, unknown>
  expect(rest).toEqual({})
  return checkError(error, isRetried)
}
