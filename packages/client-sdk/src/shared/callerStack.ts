import { YektaYarError } from './yektaYarError.js'

/** Errors that already have a caller's stack; several calls may share one error. */
const traced = new WeakSet<Error>()

/**
 * Appends the stack frames of the caller to an error that is created after the call has returned.
 *
 * @param call an error that was created in the call
 */
export function addCallerStack(error: unknown, call: Error): void {
  if (!(error instanceof YektaYarError) || traced.has(error)) return
  traced.add(error)
  const stack = String(error.stack)
  const [, ...frames] = String(call.stack).split('\n')
  error.stack = [stack, ...frames.filter((frame) => !stack.includes(frame))].join('\n')
}
