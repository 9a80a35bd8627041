import { YektaYarError } from './yektaYarError.js'

/** Errors whose stack leads back already; several calls may share one. */
const traced = new WeakSet<Error>()

/**
 * Makes the stack of an error lead back to a call that has long returned when it fails.
 *
 * @param call an error that was made in the call
 */
export function addCallerStack(error: unknown, call: Error): void {
  if (!(error instanceof YektaYarError) || traced.has(error)) return
  traced.add(error)
  const stack = String(error.stack)
  const [, ...frames] = String(call.stack).split('\n')
  error.stack = [stack, ...frames.filter((frame) => !stack.includes(frame))].join('\n')
}
