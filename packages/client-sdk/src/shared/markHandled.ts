import { YektaYarError } from './yektaYarError.js'

/** Errors whose stack leads back already; several calls may share one. */
const traced = new WeakSet<Error>()

/**
 * Marks a promise as handled. Whoever awaits it still sees the rejection; whoever left it alone,
 * as the guide does with `socket.ping()`, does not lose the process to it. The stack of the error
 * leads back to whoever made the call, which has long returned by then.
 */
export function handled<Value>(promise: Promise<Value>): Promise<Value> {
  const call = new Error()
  const answer = promise.catch((error: unknown) => {
    if (error instanceof YektaYarError && !traced.has(error)) {
      traced.add(error)
      addFrames(error, call)
    }
    throw error
  })
  answer.catch(() => undefined)
  return answer
}

function addFrames(error: Error, call: Error): void {
  const stack = String(error.stack)
  const [, ...frames] = String(call.stack).split('\n')
  error.stack = [stack, ...frames.filter((frame) => !stack.includes(frame))].join('\n')
}
