import { copyJson } from '@yektayar/protocol'
import type { ErrorCode, JsonCopy } from '@yektayar/protocol'
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
  code: ErrorCode = 'invalid_input',
): Extract<JsonCopy, { ok: true }> {
  const copy = copyJson(input, maxDepth)
  if (copy.ok) return copy
  const { issue, cause } = copy
  throw new YektaYarError(code, `${what}: ${issue.path || 'the input'} ${issue.message}`, {
    cause,
    data: { issues: [issue] },
  })
}
