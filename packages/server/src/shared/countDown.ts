/** Starts a time limit. Returns the function that says how much of it is left, in milliseconds. */
export function countDown(ms: number): () => number {
  const startedAt = performance.now()
  return () => Math.max(0, ms - (performance.now() - startedAt))
}
