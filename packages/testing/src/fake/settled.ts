/**
 * Resolves once all is done that needs no time to pass. What a fake does are microtasks, and a
 * message comes after the last one of them; timers that a test has faked do not hold it up.
 */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    const receiver = port1 as { onmessage?: () => void } // which Node has, and its types have not
    receiver.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
