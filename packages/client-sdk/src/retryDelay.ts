/**
 * Milliseconds to wait before retry number `retry`, counted from 0: doubled each time up to
 * `maxMs`, then spread over the upper half of that, so that clients that lost one server together
 * do not return together.
 */
export function retryDelay(retry: number, minMs: number, maxMs: number): number {
  return Math.round(Math.min(maxMs, minMs * 2 ** retry) * (1 + Math.random()) * 0.5)
}
