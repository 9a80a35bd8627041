import { isStorableText, MAX_ROOM_NAME_LENGTH } from '@yektayar/protocol'
import { CommandError } from '../shared/commandError.js'

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

/** @throws {CommandError} `invalid_input` for what cannot be a user's id */
export function requireUserId(value: unknown): string {
  if (isUserId(value)) return value
  throw new CommandError('invalid_input', 'This is not the id of a user')
}
