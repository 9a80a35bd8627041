/**
 * Resolves once everything is done that needs no time. A fake works in microtasks; a message of a
 * `MessageChannel` arrives after all of them, even if a test has faked the timers.
 */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    const receiver = port1 as { onmessage?: () => void } // missing in Node's types
    receiver.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
