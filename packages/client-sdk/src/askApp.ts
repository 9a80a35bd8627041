import { YektaYarError } from './yektaYarError.js'

/**
 * Asks a function that the app gave as an option. What it answers is for the caller to check.
 *
 * @throws {YektaYarError} `network_error`, retryable, when it failed
 */
export async function askApp(option: string, source: () => unknown): Promise<unknown> {
  try {
    return await source()
  } catch (cause) {
    throw new YektaYarError('network_error', `The function "${option}" failed`, { cause })
  }
}
