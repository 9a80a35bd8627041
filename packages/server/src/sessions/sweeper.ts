import type { FastifyBaseLogger } from 'fastify'
import { limits } from '../limits.js'
import type { Sessions } from './sessions.js'

/** Sweeps expired sessions now and from time to time; returns the function that stops it. */
export function startSweeper(sessions: Sessions, log: FastifyBaseLogger): () => void {
  let isStopped = false
  const sweep = (): void => {
    sessions.sweep().then(
      (count) => {
        if (count > 0) log.info({ count }, 'swept expired sessions')
      },
      (error: unknown) => {
        if (!isStopped) log.error({ err: error }, 'sweeping expired sessions failed')
      },
    )
  }
  sweep()
  const timer = setInterval(sweep, limits.sweepIntervalMs)
  timer.unref()
  return () => {
    isStopped = true
    clearInterval(timer)
  }
}
