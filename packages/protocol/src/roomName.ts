import { MAX_ROOM_NAME_LENGTH } from './constants.js'

/** Characters that UTF-8 or a database would change: lone surrogates and NUL. */
const UNFIT = /[\0\p{Surrogate}]/u

/** Whether a text can be stored without a change. */
export function isStorableText(text: string): boolean {
  return !UNFIT.test(text)
}

/** Whether a value can be the name of a room: 1 to 128 characters, without NUL and lone surrogates. */
export function isRoomName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= MAX_ROOM_NAME_LENGTH &&
    isStorableText(value)
  )
}
