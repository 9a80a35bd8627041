import type { SeededRandom } from './seededRandom.js'

/** One number, or the bounds of a random number that is drawn each time. */
export type Span = number | readonly [least: number, most: number]

/** A number of a span. */
export function draw(span: Span, random: SeededRandom): number {
  return typeof span === 'number' ? span : random.between(...span)
}

/** @throws {RangeError} unless the span has finite numbers in order, none below the floor */
export function checkSpan(name: string, span: Span | undefined, floor: number): void {
  if (span === undefined) return
  const [least, most] = typeof span === 'number' ? [span, span] : span
  if (least >= floor && most >= least && Number.isFinite(most)) return
  throw new RangeError(
    `${name} is ${JSON.stringify(span)}; allowed: a number from ${String(floor)} on, or two in order`,
  )
}
