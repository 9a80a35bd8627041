/** The median of some numbers, and the quartiles. */
export interface Summary {
  readonly median: number
  readonly lower: number
  readonly upper: number
}

export function summarize(values: readonly number[]): Summary
export function quantile(sorted: readonly number[], share: number): number
export function growthExponent(points: readonly (readonly [size: number, cost: number])[]): number
