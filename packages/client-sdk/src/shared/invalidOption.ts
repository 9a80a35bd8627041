import { YektaYarError } from './yektaYarError.js'

/** The error for an invalid option. It does not contain the value, which could be a token. */
export function invalidOption(name: string, allowed: string): YektaYarError {
  return new YektaYarError('invalid_options', `The option "${name}" must be ${allowed}`)
}
