import { MAX_RETRY_AFTER_MS } from '../shared/limits.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import type { YektaYarError } from '../shared/yektaYarError.js'

/**
 * Milliseconds to wait before retry number `retry`, counted from 0: doubled each time up to
 * `maxMs`, then spread over the upper half of that, so that clients that lost one server together
 * do not return together.
 */
export function retryDelay(retry: number, minMs: number, maxMs: number): number {
  return Math.round(Math.min(maxMs, minMs * 2 ** retry) * (1 + Math.random()) * 0.5)
}

/**
 * Milliseconds to wait after an attempt to connect that ended with an error: longer where the server
 * asks for it, or where many come back at once.
 */
export function pauseAfter(
  { code, data }: YektaYarError,
  retry: number,
  isCrowded: boolean,
  { retryDelayMs, retryDelayMaxMs }: { retryDelayMs: number; retryDelayMaxMs: number },
): number {
  const usualMs = retryDelay(retry, retryDelayMs, retryDelayMaxMs)
  const patienceMs = isCrowded || code === 'rate_limited' ? retryDelayMaxMs : 0
  const askedMs = Number(propertiesOf(data).retryAfterMs) || 0
  return Math.min(usualMs + Math.max(patienceMs, askedMs), MAX_RETRY_AFTER_MS)
}
