import { addCallerStack } from './callerStack.js'

/**
 * Marks a promise as handled. Whoever awaits it still sees the rejection; whoever left it alone,
 * as the guide does with `socket.ping()`, does not lose the process to it. The stack of the error
 * leads back to whoever made the call.
 */
export function handled<Value>(promise: Promise<Value>): Promise<Value> {
  const call = new Error()
  const answer = promise.catch((error: unknown) => {
    addCallerStack(error, call)
    throw error
  })
  answer.catch(() => undefined)
  return answer
}
