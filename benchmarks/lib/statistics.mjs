/** The median of some numbers, and the quartiles. */
export function summarize(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    lower: quantile(sorted, 0.25),
    upper: quantile(sorted, 0.75),
  }
}

/** The quantile of sorted numbers, interpolated between two of them if necessary. */
export function quantile(sorted, share) {
  const position = (sorted.length - 1) * share
  const below = Math.floor(position)
  const above = Math.ceil(position)
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below)
}

/**
 * How costs grow with a size: the exponent `k` of `cost = c · size^k`, by the least squares of the
 * logarithms. It is 0 for the same cost at each size, 1 for a proportional one.
 */
export function growthExponent(points) {
  const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)])
  const mean = (index) => logs.reduce((sum, log) => sum + log[index], 0) / logs.length
  const [meanSize, meanCost] = [mean(0), mean(1)]
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanSize) * (y - meanCost), 0)
  const variance = logs.reduce((sum, [x]) => sum + (x - meanSize) ** 2, 0)
  return covariance / variance
}
