import { YektaYarError } from './yektaYarError.js'

/**
 * The value of an option that may be a function, asked again each time. What it answers is for the
 * caller to check.
 *
 * @throws {YektaYarError} `network_error`, retryable, when the app's function failed
 */
export async function readSource(
  option: string,
  source: string | (() => unknown),
): Promise<unknown> {
  try {
    return await (typeof source === 'function' ? source() : source)
  } catch (cause) {
    throw new YektaYarError('network_error', `The function "${option}" failed`, { cause })
  }
}
