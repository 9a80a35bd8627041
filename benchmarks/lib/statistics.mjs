/** The middle of some numbers, and their least and greatest. */
export function summarize(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return { median: quantile(sorted, 0.5), least: sorted[0], greatest: sorted.at(-1) }
}

/** The value below which that share of sorted numbers lies, between two of them where it must. */
export function quantile(sorted, share) {
  const position = (sorted.length - 1) * share
  const below = Math.floor(position)
  const above = Math.ceil(position)
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below)
}
