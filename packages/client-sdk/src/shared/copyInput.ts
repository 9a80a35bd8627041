import { copyJson } from '@yektayar/protocol'
import type { ErrorCode, Json, JsonCopy, ValidationIssue } from '@yektayar/protocol'
import { YektaYarError } from './yektaYarError.js'

/**
 * Copies what an app hands over as it will travel, so that it may go on to change the original.
 *
 * @throws {YektaYarError} `invalid_input`, or another code, with `{ issues: [{ path, message }] }`
 */
export function copyInput(
  what: string,
  input: unknown,
  maxDepth?: number,
  code?: ErrorCode,
): Extract<JsonCopy, { ok: true }> {
  const copy = copyJson(input, maxDepth)
  if (!copy.ok) throw unfit(what, copy.issue, code, copy.cause)
  const { reserved: path } = copy
  // The server would refuse the whole packet for it, and so what else is in there.
  if (path !== undefined) throw unfit(what, { path, message: 'is a reserved key' }, code)
  return copy
}

/**
 * The same for what has to be an object with fields, such as credentials.
 *
 * @throws {YektaYarError} as above
 */
export function copyFields(what: string, input: unknown, code?: ErrorCode): Record<string, Json> {
  const { value } = copyInput(what, input ?? null, undefined, code)
  if (typeof value === 'object' && value && !Array.isArray(value)) {
    return value as Record<string, Json> // by the checks before
  }
  throw unfit(what, { path: '', message: 'is no object' }, code)
}

function unfit(
  what: string,
  issue: ValidationIssue,
  code: ErrorCode = 'invalid_input',
  cause?: unknown,
): YektaYarError {
  const message = `${what}: ${issue.path || 'the input'} ${issue.message}`
  return new YektaYarError(code, message, { cause, data: { issues: [issue] } })
}
