import { copyJson } from './copyJson.js'
import type { Json } from './jsonValue.js'
import type { UnchangedJson } from './jsonable.js'
import type { Schema } from './schema.js'

/** Schema of a command that takes no payload. `null`, which JSON makes of `undefined`, and `{}` count as none. */
export const none: Schema<undefined> = {
  '~standard': {
    version: 1,
    vendor: 'yektayar',
    validate: (value) =>
      value === undefined || value === null || isEmptyObject(value)
        ? { value: undefined }
        : { issues: [{ message: 'This command takes no payload' }] },
  },
}

/** Schema of any JSON value. It makes what it parses: a copy, with the JSON of what has a `toJSON()`. */
export const json: Schema<Json> = {
  '~standard': {
    version: 1,
    vendor: 'yektayar',
    validate: (value) => {
      const copy = copyJson(value)
      if (copy.ok) return { value: copy.value }
      const { path, message } = copy.issue
      return { issues: [{ path: path === '' ? [] : [path], message }] }
    },
  },
}

/** Schema of any JSON value, or of none. */
export const optionalJson: Schema<Json | undefined> = {
  '~standard': {
    version: 1,
    vendor: 'yektayar',
    validate: (value) => (value === undefined ? { value } : json['~standard'].validate(value)),
  },
}

/**
 * Schema of any JSON value with a type of the app's own: `jsonOf<Note>()`. Only JSON is checked, and
 * not the type; an interface is as good as a type alias.
 */
export function jsonOf<Value>(): Schema<
  [Value] extends [UnchangedJson<Value>] ? Value : UnchangedJson<Value>
> {
  return json as never // its type is the app's word
}

function isEmptyObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Object.keys(value).length > 0) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
