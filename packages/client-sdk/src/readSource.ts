import { isYektaYarError, YektaYarError } from './yektaYarError.js'

/**
 * The value of an option that may be a function, asked again each time. What it answers is for the
 * caller to check.
 *
 * @throws {YektaYarError} the app's own, or `network_error`, retryable, when its function failed otherwise
 */
export async function readSource(
  option: string,
  source: string | (() => unknown),
): Promise<unknown> {
  try {
    return await (typeof source === 'function' ? source() : source)
  } catch (cause) {
    if (isYektaYarError(cause)) throw cause
    throw new YektaYarError('network_error', `The function "${option}" failed`, { cause })
  }
}
