import { describe, expect, it } from 'vitest'
import { growthExponent, summarize } from '../../benchmarks/lib/statistics.mjs'
import { verdict } from '../../benchmarks/lib/verdict.mjs'

const quiet = { median: 1, lower: 0.98, upper: 1.02 }
const noisy = { median: 1.02, lower: 0.9, upper: 1.06 }

describe('the gate of the benchmark', () => {
  it('misses when the median exceeds the target by more than the spread of the control', () => {
    const result = { median: 1.15, lower: 1.02, upper: 1.2 }
    expect(verdict({ result, control: quiet, target: 1.1 })).toBe('missed')
    expect(verdict({ result, control: noisy, target: 1.1 })).toBe('within the noise')
    expect(verdict({ result, control: quiet, target: 1.15 })).toBe('held')
  })

  it('lets the median of an absolute result decide alone', () => {
    const result = { median: 61, lower: 40, upper: 70 }
    expect(verdict({ result, target: 60 })).toBe('missed')
    expect(verdict({ result, target: 61 })).toBe('held')
  })

  it('takes the quartiles between two numbers', () => {
    expect(summarize([4, 1, 3, 2])).toEqual({ median: 2.5, lower: 1.75, upper: 3.25 })
  })

  it.each([
    ['the same at each size', 0, (size: number) => 7 + size * 0],
    ['proportional', 1, (size: number) => 3 * size],
    ['by the square', 2, (size: number) => size ** 2],
  ])('names the growth of a cost that is %s', (_, exponent, cost) => {
    const points = [250, 500, 2_000].map((size) => [size, cost(size)] as const)
    expect(growthExponent(points)).toBeCloseTo(exponent, 9)
  })
})
