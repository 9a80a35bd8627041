import { propertiesOf } from './propertiesOf.js'
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
 * Refuses a timeout that is no number, and a signal that is none. A negative timeout has passed.
 *
 * @throws {YektaYarError} `invalid_options`
 */
export function checkWait(timeoutMs: unknown, signal: unknown): void {
  if (timeoutMs !== undefined && Number(timeoutMs) !== timeoutMs)
    throw invalidOption('timeoutMs', 'a number of milliseconds', typeof timeoutMs)
  if (signal === undefined || signal === null) return
  const { aborted, addEventListener } = propertiesOf(signal)
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') return
  throw invalidOption('signal', "an AbortSignal, such as a controller's signal", 'another value')
}
