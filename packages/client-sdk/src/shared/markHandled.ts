import { addCallerStack } from './callerStack.js'

/**
 * Marks a promise as handled: the guide calls `socket.ping()` without `await`, and its failure must not
 * end the process as an unhandled rejection. A caller that awaits the promise still gets the error,
 * with the caller's own frames in its stack.
 */
export function markHandled<Value>(promise: Promise<Value>): Promise<Value> {
  const call = new Error()
  const answer = promise.catch((error: unknown) => {
    addCallerStack(error, call)
    throw error
  })
  answer.catch(() => undefined)
  return answer
}
