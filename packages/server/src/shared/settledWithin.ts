import { timerMs } from './timerMs.js'

/** Resolves once something has happened, or when the time is up; rejects if it fails before. */
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
