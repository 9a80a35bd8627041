import { copyJson } from '../copyJson.js'
import { json, optionalJson } from '../json.js'
import type { Json } from '../jsonValue.js'
import type { MatchedRoom } from '../roomMatcher.js'
import { validate } from '../schema.js'
import type { Schema, ValidationResult } from '../schema.js'

/**
 * Parses a message with the schema of its room; synchronously, unless the schema is asynchronous.
 *
 * @param data that is JSON
 * @throws {TypeError} also as a rejection, when the schema makes what is not JSON
 */
export function parseMessage(
  { pattern, definition: { message } }: MatchedRoom,
  data: Json,
): MaybePromise<ValidationResult<Json>> {
  if (message === json) return { ok: true, value: data }
  const makeJson = (value: unknown): Json => jsonOfSchema(value, `messages in ${pattern}`)
  return parse(message, data, makeJson)
}

/**
 * Parses what a member wants to show in a room; `undefined` for nothing.
 *
 * @param presence that is JSON
 * @throws {TypeError} as `parseMessage` does
 */
export function parsePresence(
  { pattern, definition: { presence: schema } }: MatchedRoom,
  presence: Json | undefined,
): MaybePromise<ValidationResult<Json | undefined>> {
  if (schema === optionalJson) return { ok: true, value: presence }
  if (!schema) {
    if (presence === undefined) return { ok: true, value: undefined }
    const message = `${pattern} has no presence`
    return { ok: false, reason: message, issues: [{ path: '', message }] }
  }
  const makeJson = (value: unknown): Json | undefined =>
    value === undefined ? undefined : jsonOfSchema(value, `presence in ${pattern}`)
  return parse(schema, presence, makeJson)
}

type MaybePromise<Value> = Value | Promise<Value>

function parse<Value>(
  schema: Schema,
  given: unknown,
  makeJson: (value: unknown) => Value,
): MaybePromise<ValidationResult<Value>> {
  const finish = (result: ValidationResult<unknown>): ValidationResult<Value> =>
    result.ok ? { ok: true, value: makeJson(result.value) } : result
  const result = validate(schema, given)
  return result instanceof Promise ? result.then(finish) : finish(result)
}

/** @throws {TypeError} when the schema has made what is not JSON */
function jsonOfSchema(value: unknown, what: string): Json {
  const copy = copyJson(value)
  if (copy.ok) return copy.value
  const { path, message } = copy.issue
  throw new TypeError(`The schema of ${what} makes no JSON: ${path || 'it'} ${message}`)
}
