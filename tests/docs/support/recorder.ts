import { vi } from 'vitest'

/**
 * A console that records its calls. `said` resolves with what was logged after a certain first
 * word.
 */
export function recorder() {
  const log = vi.fn()
  const said = (start: string): Promise<unknown> =>
    vi.waitFor(
      () => {
        const call = log.mock.calls.find(([text]) => text === start)
        if (!call) throw new Error(`Nothing was logged that begins with ${start}`)
        return call[1] as unknown
      },
      { timeout: 5_000 },
    )
  return { console: { log, error: log }, log, said }
}
