import { YektaYarError } from './yektaYarError.js'

/** The error for an option that cannot work. Its value stays out of it: it could be a token. */
export function invalidOption(name: string, allowed: string): YektaYarError {
  return new YektaYarError('invalid_options', `The option "${name}" must be ${allowed}`)
}
