import type { ErrorCode, Json } from '@yektayar/protocol'
import { copyInput } from '../shared/copyInput.js'
import { byteLength } from '../shared/platform.js'
import { requireName } from '../shared/requireType.js'
import { YektaYarError } from '../shared/yektaYarError.js'

/** How large an input may be. */
interface Bounds {
  readonly bytes: number
  readonly keys: number
  readonly depth: number
}

/** An input as it will be sent. */
export interface Payload {
  /** A copy; `undefined` where there is none. */
  readonly input: Json | undefined
  /** Of name and JSON, in UTF-8: exact, or an upper bound that is within the bounds. */
  readonly bytes: number
  readonly keys: number
}

/**
 * Copies and measures the input of a command. Refuses a name that is not a text, an input that is not JSON,
 * and an input beyond the bounds, for which the server would close the connection.
 *
 * @param isExact whether to count the bytes even if an upper bound is within the bounds
 * @throws {YektaYarError} `invalid_input`, `payload_too_large`
 */
export function measurePayload(
  name: string,
  given: unknown,
  bounds: Bounds,
  isExact = true,
): Payload {
  requireName('The name of a command', name)
  const copy = given === undefined ? undefined : copyInput(name, given, bounds.depth)
  let bytes = 3 * name.length + (copy?.maxBytes ?? 0)
  if (isExact || bytes > bounds.bytes)
    bytes = byteLength(name + (copy ? JSON.stringify(copy.value) : ''))
  const keys = copy?.keys ?? 0
  if (bytes > bounds.bytes) {
    throw refusal('payload_too_large', name, `has ${bytes} bytes, more than ${bounds.bytes}`)
  }
  if (keys > bounds.keys) {
    throw refusal('invalid_input', name, `has ${keys} keys, more than ${bounds.keys}`)
  }
  return { input: copy?.value, bytes, keys }
}

function refusal(code: ErrorCode, name: string, what: string): YektaYarError {
  return new YektaYarError(code, `${name}: the input ${what}`)
}
