import { timerMs } from './timerMs.js'

/** Waits for work until it settles; after the time, rejects with what `timeUp` returns. */
export function inTime<Result>(
  timeoutMs: number,
  work: PromiseLike<Result>,
  timeUp: () => Error,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(timeUp())
    }, timerMs(timeoutMs))
    work.then(
      (result) => {
        clearTimeout(timer)
        resolve(result)
      },
      (error: unknown) => {
        clearTimeout(timer)
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as thrown
        reject(error)
      },
    )
  })
}
