import { isUserId } from '@yektayar/protocol/rules'
import { CommandError } from '../shared/commandError.js'

/** @throws {CommandError} `invalid_input` for a value that cannot be a user id */
export function requireUserId(value: unknown): string {
  if (isUserId(value)) return value
  throw new CommandError('invalid_input', 'This is not the id of a user')
}
