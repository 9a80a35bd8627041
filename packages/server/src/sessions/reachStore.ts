import { CommandError } from '../shared/commandError.js'
import { isA } from '../shared/isA.js'
import { isPromise } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import { StoreValueError } from '../store/storeValueError.js'

/**
 * Runs a query. A `CommandError` passes unchanged, a `StoreValueError` becomes `invalid_input`, and
 * every other failure `store_unavailable`.
 *
 * @throws {CommandError}
 */
export async function reachStore<Result>(query: () => Promise<Result>): Promise<Result> {
  try {
    return await query()
  } catch (error) {
    throw unreached(error)
  }
}

/** The same for a query that may return its result synchronously. */
export function reachAtOnce<Result>(query: () => MaybePromise<Result>): MaybePromise<Result> {
  try {
    const result = query()
    return isPromise(result) ? reachStore(() => Promise.resolve(result)) : result
  } catch (error) {
    throw unreached(error)
  }
}

function unreached(cause: unknown): CommandError {
  if (isA(cause, CommandError)) return cause
  if (isA(cause, StoreValueError)) return new CommandError('invalid_input', cause.message)
  return new CommandError('store_unavailable', 'The session store cannot be reached', {
    hint: 'Try again in a moment',
    cause,
  })
}
