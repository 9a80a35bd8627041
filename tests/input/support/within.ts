const PATIENCE_MS = 5_000

/** Awaits the promise; after a timeout, fails with the name of what did not answer. */
export async function within<Result>(promise: Promise<Result>, what: string): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Silence: ${what}`))
    }, PATIENCE_MS)
  })
  try {
    return await Promise.race([promise, silence])
  } finally {
    clearTimeout(timer)
  }
}

/** Resolves after everything that is due in this turn of the event loop has run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
