import { measureJson } from '@yektayar/protocol'
import type { ErrorCode } from '@yektayar/protocol'
import { YektaYarError } from '../shared/yektaYarError.js'

/** How large an input may be. */
interface Bounds {
  readonly bytes: number
  readonly keys: number
  readonly depth: number
}

/** An input as it will travel. */
export interface Payload {
  /** Its JSON; empty where there is none. */
  readonly text: string
  /** Of name and JSON, in UTF-8. */
  readonly bytes: number
  readonly keys: number
}

/**
 * Measures a command's input, and refuses here what the server would have to cut the connection for.
 *
 * @throws {YektaYarError} `invalid_input`, `payload_too_large`
 */
export function measurePayload(name: string, input: unknown, bounds: Bounds): Payload {
  let text: unknown // `undefined` for a function, whatever its type says
  let cause: unknown
  try {
    text = input === undefined ? '' : JSON.stringify(input)
  } catch (error) {
    cause = error
  }
  if (typeof text !== 'string') throw refusal('invalid_input', name, 'is not JSON', cause)
  const bytes = new TextEncoder().encode(name + text).length
  if (bytes > bounds.bytes) {
    throw refusal('payload_too_large', name, `has ${bytes} bytes, more than ${bounds.bytes}`)
  }
  const { depth, keys } = measureJson(text)
  if (depth > bounds.depth) {
    throw refusal('invalid_input', name, `nests ${depth} deep, more than ${bounds.depth}`)
  }
  if (keys > bounds.keys) {
    throw refusal('invalid_input', name, `has ${keys} keys, more than ${bounds.keys}`)
  }
  return { text, bytes, keys }
}

function refusal(code: ErrorCode, name: string, what: string, cause?: unknown): YektaYarError {
  return new YektaYarError(code, `${name}: the input ${what}`, { cause })
}
