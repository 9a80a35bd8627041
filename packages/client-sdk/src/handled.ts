/**
 * Marks a promise as handled. Whoever awaits it still sees the rejection; whoever left it alone,
 * as the guide does with `socket.ping()`, does not lose the process to it.
 */
export function handled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined)
  return promise
}
