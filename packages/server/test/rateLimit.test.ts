import { expect, it } from 'vitest'
import { createRateLimit } from '../src/shared/rateLimit.js'

const LATER_MS = 10_000

it('a rate limit allows the full burst if the caller read the clock before the bucket was created', () => {
  const limit = createRateLimit({ burst: 3, perSecond: 1, maxKeys: 10 })
  const before = performance.now() - 5
  expect([1, 2, 3, 4].map(() => limit.take('a', 1, before) > 0)).toEqual([
    false,
    false,
    false,
    true,
  ])
})

it('counts no time twice when clocks were read in another order', () => {
  const limit = createRateLimit({ burst: 2, perSecond: 1, maxKeys: 10 })
  const now = performance.now() + LATER_MS
  expect(limit.take('a', 2, now)).toBe(0)
  expect(limit.take('a', 1, now - 900)).toBe(1_000)
  expect(limit.take('a', 1, now + 900)).toBeGreaterThan(0)
  expect(limit.take('a', 1, now + 1_000)).toBe(0)
})
