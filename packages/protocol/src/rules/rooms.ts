import type { AnyContract } from '../contract.js'
import { copyJson } from '../copyJson.js'
import { json } from '../json.js'
import type { Json } from '../jsonValue.js'
import type { MatchedRoom } from '../roomMatcher.js'
import { validate } from '../schema.js'
import type { ValidationResult } from '../schema.js'
import type { Refusal } from './refusals.js'

/** How many patterns the hint of `unknown_room` names. */
const MAX_HINTED_PATTERNS = 10

/** The refusal of a name that no pattern of the contract fits. */
export function unknownRoom({ rooms }: Pick<AnyContract, 'rooms'>): Refusal {
  const patterns = Object.keys(rooms)
  const shown = patterns.slice(0, MAX_HINTED_PATTERNS).join(', ')
  const more = patterns.length > MAX_HINTED_PATTERNS ? ', …' : ''
  return {
    code: 'unknown_room',
    message: 'The contract has no room of this name',
    hint: `It has ${shown}${more}`,
  }
}

/**
 * Parses a message with the schema of its room; synchronously, unless the schema is asynchronous.
 *
 * @param data that is JSON
 * @throws {TypeError} also as a rejection, when the schema makes what is not JSON
 */
export function parseMessage(
  { pattern, definition: { message } }: MatchedRoom,
  data: Json,
): ValidationResult<Json> | Promise<ValidationResult<Json>> {
  if (message === json) return { ok: true, value: data }
  const toJson = (result: ValidationResult<unknown>): ValidationResult<Json> => {
    if (!result.ok) return result
    const copy = copyJson(result.value)
    if (copy.ok) return { ok: true, value: copy.value }
    const { path, message: what } = copy.issue
    throw new TypeError(`The schema of messages in ${pattern} makes no JSON: ${path || 'it'} ${what}`)
  }
  const result = validate(message, data)
  return result instanceof Promise ? result.then(toJson) : toJson(result)
}
