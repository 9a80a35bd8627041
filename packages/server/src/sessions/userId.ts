import { isStorableText, MAX_ROOM_NAME_LENGTH } from '@yektayar/protocol'

/** Longest id of a user, in characters: that of a room is as long with `user:` before it. */
export const MAX_USER_ID_LENGTH = MAX_ROOM_NAME_LENGTH - 'user:'.length

/** Whether a value can be a user's id: a text that is not empty, without NUL and lone surrogates. */
export function isUserId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= MAX_USER_ID_LENGTH &&
    isStorableText(value)
  )
}
