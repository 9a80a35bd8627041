import { YektaYarError } from './yektaYarError.js'

/**
 * The error for an invalid option.
 *
 * @param given what of it may be shown, which a token may not; of an address, credentials and a query
 * are left out
 */
export function invalidOption(name: string, allowed: string, given: string): YektaYarError {
  const shown = given.replace(/\/.*@|[?#].*/g, '…')
  const message = `The option "${name}" must be ${allowed}, not ${shown}`
  return new YektaYarError('invalid_options', message)
}

/**
 * Refuses a timeout that is no number; one that is negative has passed.
 *
 * @throws {YektaYarError} `invalid_options`
 */
export function checkTimeout(timeoutMs: unknown): void {
  if (timeoutMs === undefined || Number(timeoutMs) === timeoutMs) return
  throw invalidOption('timeoutMs', 'a number of milliseconds', typeof timeoutMs)
}
