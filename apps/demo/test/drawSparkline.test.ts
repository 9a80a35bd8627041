import { describe, expect, it } from 'vitest'
import { drawSparkline } from '../src/components/drawSparkline.js'

const space = { width: 120, height: 50 }

describe('the drawing of the round trip', () => {
  it('has the newest value at the right edge', () => {
    const { runs, gaps, last } = drawSparkline([1, 2, 4], space)
    expect(runs).toHaveLength(1)
    expect(gaps).toEqual([])
    expect(last?.x).toBe(100)
    expect(last?.y).toBeCloseTo(100 - 100 / 1.15)
  })

  it('is interrupted where the connection was lost', () => {
    const { runs, gaps, last } = drawSparkline([1, 2, null, 4], space)
    expect(runs.map(({ isDot }) => isDot)).toEqual([false, true])
    expect(gaps).toEqual([{ x: 105, width: 10 }])
    expect(last).not.toBeNull()
  })

  it('has no newest value while there is no connection', () => {
    expect(drawSparkline([3, null], space).last).toBeNull()
    expect(drawSparkline([], space)).toEqual({ runs: [], gaps: [], last: null })
  })

  it('fills the width with many values and never leaves it', () => {
    const samples = Array.from({ length: 60 }, (_, index) => index)
    const { runs } = drawSparkline(samples, space)
    expect(runs[0]?.line).toMatch(/^M0 50L/)
    expect(runs[0]?.line).toMatch(/L120 [\d.]+$/)
  })
})
