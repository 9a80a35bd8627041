import { MAX_ROOM_NAME_LENGTH } from '../constants.js'
import { isStorableText } from '../roomName.js'

/** Longest id of a user, in characters: that of a room is as long with `user:` before it. */
export const MAX_USER_ID_LENGTH = MAX_ROOM_NAME_LENGTH - 'user:'.length

/** What a plain JavaScript app often returns for wrong credentials instead of `null`. */
const mistakes = new Map<unknown, string>([
  [false, 'false'],
  [undefined, 'undefined'],
  ['', 'an empty string'],
])

/** Whether a value can be a user's id: a text that is not empty, without NUL and lone surrogates. */
export function isUserId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= MAX_USER_ID_LENGTH &&
    isStorableText(value)
  )
}

/**
 * The user whom an app's `authenticate` has found, `null` for wrong credentials; and what it returned
 * by mistake instead of that `null`, if it did.
 *
 * @throws {TypeError} for what is neither, which signs nobody in
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

/** Names the kind of a value that is not what it should be, without showing the value. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return typeof value === 'string' ? 'another string' : `a value of type ${typeof value}`
}
