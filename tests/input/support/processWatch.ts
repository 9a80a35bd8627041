import { expect } from 'vitest'
import { nextTurn } from './within.js'

/** Notes whatever would end the process, or fill its error output, from now on. */
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

  return {
    /** Fails when anything was noted, and stops. */
    async finish(): Promise<void> {
      await nextTurn() // rejections are reported at the end of a turn
      process.off('uncaughtExceptionMonitor', note)
      process.off('unhandledRejection', note)
      process.off('warning', noteWarning)
      expect(seen, 'uncaught exceptions, unhandled rejections, warnings').toEqual([])
      expect(({} as Record<string, unknown>).polluted, 'the prototype of all objects').toBe(
        undefined,
      )
    },
  }
}
