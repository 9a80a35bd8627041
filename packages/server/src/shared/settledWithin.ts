import { timerMs } from './timerMs.js'

/** Resolves once the work is done, or after the timeout. Rejects if the work fails before that. */
export async function settledWithin(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const isUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timerMs(ms))
  })
  try {
    await Promise.race([work, isUp])
  } finally {
    clearTimeout(timer)
  }
}
