/** A percentile of measurements, with one decimal place. */
export function percentile(values: readonly number[], part: number): string {
  const sorted = [...values].sort((one, other) => one - other)
  const index = Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)
  return (sorted[Math.max(0, index)] ?? Number.NaN).toFixed(1)
}
