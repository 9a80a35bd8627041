import { expect } from 'vitest'
import { nextTurn } from './within.js'

/** Records from now on whatever would end the process or fill its error output. */
export function watchProcess() {
  const seen: string[] = []
  const note = (reason: unknown): void => {
    seen.push(reason instanceof Error ? (reason.stack ?? reason.message) : String(reason))
  }
  const noteWarning = (warning: Error): void => {
    if (warning.name === 'MaxListenersExceededWarning') note(warning)
  }
  process.on('uncaughtExceptionMonitor', note)
  process.on('unhandledRejection', note)
  process.on('warning', noteWarning)

  /** Fails if anything was recorded so far. */
  const check = (): void => {
    expect(seen, 'uncaught exceptions, unhandled rejections, warnings').toEqual([])
    expect({}, 'the prototype of all objects').not.toHaveProperty('polluted')
  }
  return {
    check,
    /** Checks once more, and stops recording. */
    async finish(): Promise<void> {
      await nextTurn() // Node reports rejections at the end of a turn
      process.off('uncaughtExceptionMonitor', note)
      process.off('unhandledRejection', note)
      process.off('warning', noteWarning)
      check()
    },
  }
}
