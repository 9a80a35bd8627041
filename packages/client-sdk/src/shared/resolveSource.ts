import { isYektaYarError, YektaYarError } from './yektaYarError.js'

/**
 * The value of an option that may be a function, which is called each time. If the function fails
 * or returns an invalid value, the error is retryable, since the next call may succeed.
 *
 * @throws {YektaYarError} the app's own; `callback_failed` with a cause when its function failed otherwise
 */
export async function resolveSource<Value>(
  option: string,
  source: string | (() => unknown),
  parse: (value: unknown) => Value,
): Promise<Value> {
  if (typeof source !== 'function') return parse(source)
  let value: unknown
  try {
    value = await source()
  } catch (cause) {
    // `aborted` from another client must not end the attempts of this one.
    if (isYektaYarError(cause) && cause.code !== 'aborted') throw cause
    throw failed(option, cause)
  }
  try {
    return parse(value)
  } catch (cause) {
    throw failed(option, cause)
  }
}

function failed(option: string, cause: unknown): YektaYarError {
  const message = `The function "${option}" failed`
  return new YektaYarError('callback_failed', message, { hint: 'Its error is the cause', cause })
}
