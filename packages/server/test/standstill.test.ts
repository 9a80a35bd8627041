import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Standstill } from '../src/shared/standstill.js'

const MAX_LATE_MS = 1_000
const HOUR_MS = 3_600_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A Standstill with fake callbacks, which a test can make fail. */
function watch() {
  const refresh = vi.fn(() => Promise.resolve())
  const resume = vi.fn(() => Promise.resolve())
  const onFailure = vi.fn()
  const standstill = new Standstill({ maxLateMs: MAX_LATE_MS, refresh, resume, onFailure })
  return { standstill, refresh, resume, onFailure }
}

describe('a process', () => {
  it('that runs on is never stale, however long', () => {
    const { standstill, refresh } = watch()
    for (let second = 0; second < 60; second++) {
      vi.advanceTimersByTime(1_000)
      expect(standstill.isStale()).toBe(false)
    }
    expect(refresh).not.toHaveBeenCalled()
  })

  it.each([
    ['its monotonic clock', 27_000, 0],
    ['the system clock alone, as when a machine sleeps', 0, 27_000],
  ])('that stood still by %s reads anew before it serves', async (_which, ms, timeMs) => {
    const { standstill, refresh, resume } = watch()
    vi.advanceTimersByTime(5_000)
    expect(standstill.isStale(performance.now() + ms, Date.now() + timeMs)).toBe(true)
    expect(standstill.isStale(performance.now() + ms, Date.now() + timeMs)).toBe(true)
    await standstill.whenFresh()
    expect(refresh).toHaveBeenCalledOnce()
    expect(resume).toHaveBeenCalledOnce()
    expect(standstill.isStale(performance.now() + ms, Date.now() + timeMs)).toBe(false)
  })

  it('notices by itself that it stood still', async () => {
    const { standstill, refresh } = watch()
    vi.setSystemTime(Date.now() + 27_000)
    vi.advanceTimersByTime(MAX_LATE_MS / 2)
    await standstill.whenFresh()
    expect(refresh).toHaveBeenCalledOnce()
  })

  it('does not mind a system clock that is set back', () => {
    const { standstill } = watch()
    vi.setSystemTime(Date.now() - HOUR_MS)
    expect(standstill.isStale()).toBe(false)
  })

  it('stays stale until it could read, and tries again by itself', async () => {
    const { standstill, refresh, resume, onFailure } = watch()
    refresh.mockRejectedValue(new Error('no store'))
    expect(standstill.isStale(performance.now() + 27_000)).toBe(true)
    await expect(standstill.whenFresh()).rejects.toThrow('no store')
    expect(standstill.isStale()).toBe(true)
    expect(resume).not.toHaveBeenCalled()
    refresh.mockResolvedValue()
    vi.advanceTimersByTime(MAX_LATE_MS)
    await standstill.whenFresh()
    expect(standstill.isStale()).toBe(false)
    expect(onFailure).toHaveBeenCalled()
    expect(resume).toHaveBeenCalledOnce()
  })

  it('that stands still while it reads has to read once more', async () => {
    const { standstill, refresh, resume } = watch()
    let release: () => void = () => undefined
    refresh.mockReturnValueOnce(new Promise<void>((resolve) => (release = resolve)))
    expect(standstill.isStale(performance.now() + 27_000)).toBe(true)
    expect(standstill.isStale(performance.now() + 54_000)).toBe(true)
    release()
    await standstill.whenFresh()
    expect(refresh).toHaveBeenCalledTimes(2)
    expect(resume).toHaveBeenCalledOnce()
  })

  it('has no timer once it is closed', () => {
    const { standstill } = watch()
    standstill.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each(Array.from({ length: 8 }, (_, count) => count))(
    'reads again after a doubt that comes %i microtasks after a refresh',
    async (count) => {
      const { standstill, refresh, resume } = watch()
      standstill.doubt()
      refresh.mockImplementationOnce(async () => {
        await Promise.resolve()
      })
      await vi.waitFor(() => {
        expect(resume).toHaveBeenCalled()
      })
      resume.mockClear()
      refresh.mockClear()
      resume.mockImplementationOnce(async () => {
        for (let turn = 0; turn < count; turn++) await Promise.resolve()
        standstill.doubt()
      })
      standstill.doubt()
      await new Promise(setImmediate)
      expect(refresh).toHaveBeenCalledTimes(2)
      expect(standstill.isStale()).toBe(false)
    },
  )
})
