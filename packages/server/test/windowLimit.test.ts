import { expect, it } from 'vitest'
import { createWindowLimit } from '../src/shared/windowLimit.js'

it('grants no more than its count in any window', () => {
  const limit = createWindowLimit({ count: 5, windowMs: 60_000, maxKeys: 10 })
  const granted: number[] = []
  for (let now = 0; now < 300_000; now += 500) {
    if (limit.take('a', 1, now) === 0) granted.push(now)
  }
  for (const from of granted) {
    const inWindow = granted.filter((time) => time >= from && time < from + 60_000)
    expect(inWindow.length).toBeLessThanOrEqual(5)
  }
  expect(granted).toHaveLength(25)
})

it('says when the next one is granted, and grants it then', () => {
  const limit = createWindowLimit({ count: 2, windowMs: 1_000, maxKeys: 10 })
  limit.take('a', 1, 100)
  limit.take('a', 1, 600)
  expect(limit.take('a', 1, 700)).toBe(400)
  expect(limit.take('b', 1, 700)).toBe(0)
  expect(limit.take('a', 1, 1_100)).toBe(0)
  expect(limit.take('a', 1, 1_100)).toBe(500)
})

it('takes back what was taken for nothing', () => {
  const limit = createWindowLimit({ count: 1, windowMs: 1_000, maxKeys: 10 })
  expect(limit.take('a', 1, 0)).toBe(0)
  limit.giveBack('a')
  limit.giveBack('unknown')
  expect(limit.take('a', 1, 1)).toBe(0)
  expect(limit.take('a', 1, 2)).toBeGreaterThan(0)
})
