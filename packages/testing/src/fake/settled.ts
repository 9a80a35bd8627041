/** The facilities that may be missing, and where Node.js has them behind the environment of a test. */
interface Platform {
  readonly MessageChannel?: typeof MessageChannel
  readonly process?: {
    getBuiltinModule?(name: 'node:worker_threads'): { MessageChannel: typeof MessageChannel }
  }
}

/** Where `@yektayar/vue` has what waits for the next frame of the page. */
const WAITING = Symbol.for('yektayar.waitingForFrame')

/**
 * Resolves once everything is done that needs no time, and what a page would show with its next frame.
 * A fake works in microtasks; a message of a `MessageChannel` arrives after all of them, even if a test
 * has faked the timers.
 */
export async function settled(): Promise<void> {
  await allMicrotasks()
  const { [WAITING]: waiting } = globalThis as { [WAITING]?: Set<() => void> }
  if (!waiting?.size) return
  for (const show of [...waiting]) show()
  await allMicrotasks()
}

function allMicrotasks(): Promise<void> {
  const Channel = requireMessageChannel()
  return new Promise((resolve) => {
    const { port1, port2 } = new Channel()
    const receiver = port1 as { onmessage?: () => void } // missing in Node's types
    receiver.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

/**
 * The platform's `MessageChannel`. Jest's jsdom has none, but Node.js below it does.
 *
 * @throws {Error} where there is none
 */
export function requireMessageChannel(): typeof MessageChannel {
  const { MessageChannel: own, process } = globalThis as Platform
  const found = own ?? process?.getBuiltinModule?.('node:worker_threads').MessageChannel
  if (found) return found
  throw new Error(
    'A fake client needs MessageChannel, which this test environment lacks: use Node.js 20.16, 22.3 or newer, or the environment node of your test runner.',
  )
}
