import type { LatencySample } from '../composables/useLatency.js'

/** The size of a drawing. */
export interface SparklineSpace {
  readonly width: number
  readonly height: number
}

/** A drawing: unbroken runs of the line, the gaps between them, and the newest value's place. */
export interface Sparkline {
  readonly runs: readonly SparklineRun[]
  readonly gaps: readonly { readonly x: number; readonly width: number }[]
  /** In percent of the size; `null` while the newest sample is a gap. */
  readonly last: { readonly x: number; readonly y: number } | null
}

/** A line, the area under it, and whether the line is a single dot. */
interface SparklineRun {
  readonly line: string
  readonly area: string
  readonly isDot: boolean
}

interface Point {
  readonly x: number
  readonly y: number
}

/** Room above the worst value, so that the line does not touch the edge. */
const HEADROOM = 1.15

/** A few samples stay at the right edge instead of being stretched over the whole width. */
const MIN_STEPS = 12

/** Draws samples, the newest at the right edge, on a scale from zero to the worst. */
export function drawSparkline(
  samples: readonly LatencySample[],
  { width, height }: SparklineSpace,
): Sparkline {
  const step = width / Math.max(samples.length - 1, MIN_STEPS)
  const worst = Math.max(...samples.map((sample) => sample ?? 0), Number.MIN_VALUE)
  const xOf = (index: number): number => width - (samples.length - 1 - index) * step
  const yOf = (sample: number): number => height - (sample / (worst * HEADROOM)) * height

  const runs: Point[][] = [[]]
  const gaps: { x: number; width: number }[] = []
  samples.forEach((sample, index) => {
    const x = xOf(index)
    if (sample === null) {
      gaps.push({ x: x - step / 2, width: index === samples.length - 1 ? step / 2 : step })
      runs.push([])
    } else {
      runs.at(-1)?.push({ x, y: yOf(sample) })
    }
  })
  const newest = samples.at(-1) ?? null
  return {
    runs: runs.filter((run) => run.length > 0).map((run) => drawRun(run, height)),
    gaps,
    last: newest === null ? null : { x: 100, y: (yOf(newest) / height) * 100 },
  }
}

function drawRun(points: readonly Point[], height: number): SparklineRun {
  const isDot = points.length === 1
  // A dot is a line from a point to itself; its round ends make it visible.
  const drawn = isDot ? [...points, ...points] : points
  const corners = drawn.map(({ x, y }) => `${round(x)} ${round(y)}`).join('L')
  const from = round(points[0]?.x ?? 0)
  const to = round(points.at(-1)?.x ?? 0)
  return { isDot, line: `M${corners}`, area: `M${from} ${height}L${corners}L${to} ${height}Z` }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
