import type { FastifyBaseLogger } from 'fastify'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createRefusalLog } from '../src/shared/refusalLog.js'
import { resolveLimits } from '../src/shared/limits.js'

const INTERVAL_MS = 60_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

/** A log of refusals, and the lines that it has written. */
function startLog(maxCounted?: number) {
  const lines: object[] = []
  const write =
    (level: string) =>
    (fields: object, text: string): void => {
      lines.push({ level, ...fields, text })
    }
  const log = { info: write('info'), error: write('error') } as unknown as FastifyBaseLogger
  const limits = resolveLimits({
    refusalLogIntervalMs: INTERVAL_MS,
    ...(maxCounted && { maxCounted }),
  })
  return { lines, refuse: createRefusalLog(log, limits) }
}

describe('the log of refusals', () => {
  it('has the first, and the others with the last one’s fields, also when no more come', () => {
    const { lines, refuse } = startLog()
    for (const address of ['a', 'b', 'c']) refuse('limit', { address }, 'refused', 'error')
    expect(lines).toEqual([{ level: 'error', address: 'a', count: 1, text: 'refused' }])
    vi.advanceTimersByTime(INTERVAL_MS)
    expect(lines.slice(1)).toEqual([{ level: 'error', address: 'c', count: 2, text: 'refused' }])
    vi.advanceTimersByTime(10 * INTERVAL_MS)
    expect(lines).toHaveLength(2)
    refuse('limit', { address: 'd' }, 'refused')
    expect(lines[2]).toEqual({ level: 'info', address: 'd', count: 1, text: 'refused' })
  })

  it('has what was counted when it closes, and no timer after that', () => {
    const { lines, refuse } = startLog()
    refuse('limit', {}, 'refused')
    refuse('limit', {}, 'refused')
    refuse.close()
    expect(lines).toMatchObject([{ count: 1 }, { count: 1 }])
    refuse('limit', {}, 'refused')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('adds up what is beyond a hundred kinds', () => {
    const { lines, refuse } = startLog()
    for (let kind = 0; kind < 150; kind++) {
      for (let time = 0; time < 3; time++) refuse(`limit ${String(kind)}`, { kind }, 'refused')
    }
    expect(lines).toHaveLength(150)
    vi.advanceTimersByTime(INTERVAL_MS)
    expect(lines).toHaveLength(251)
    expect(lines.at(-1)).toEqual({
      level: 'info',
      kinds: 50,
      count: 100,
      text: 'refusals of many kinds',
    })
  })
})
