import { MAX_ROOM_NAME_LENGTH } from '../constants.js'
import { isStorableText } from '../roomName.js'

/** The maximum length of a user's id, in characters, so that `user:<id>` is a valid room name. */
export const MAX_USER_ID_LENGTH = MAX_ROOM_NAME_LENGTH - 'user:'.length

/** Values that plain JavaScript apps often return for wrong credentials instead of `null`. */
const mistakes = new Map<unknown, string>([
  [false, 'false'],
  [undefined, 'undefined'],
  ['', 'an empty string'],
])

/** Whether a value can be a user's id: a non-empty text without NUL and lone surrogates. */
export function isUserId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= MAX_USER_ID_LENGTH &&
    isStorableText(value)
  )
}

/**
 * The user id that an app's `authenticate` returned, `null` for wrong credentials. `mistake` names
 * a value that it returned by mistake instead of `null`.
 *
 * @throws {TypeError} for any other value, so that nobody is signed in by mistake
 */
export function readUserId(answer: unknown): {
  readonly userId: string | null
  readonly mistake?: string
} {
  if (answer === null || isUserId(answer)) return { userId: answer }
  const mistake = mistakes.get(answer)
  if (mistake !== undefined) return { userId: null, mistake }
  throw new TypeError(
    `authenticate returned ${kindOf(answer)}: return null, or the id of a user as a string of ` +
      `1 to ${String(MAX_USER_ID_LENGTH)} characters without NUL and lone surrogates`,
  )
}

/** Describes the type of an unexpected value, without showing the value. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return typeof value === 'string' ? 'another string' : `a value of type ${typeof value}`
}
