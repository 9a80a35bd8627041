import { MAX_RETRY_AFTER_MS, MIN_RETRY_AFTER_MS } from '../shared/limits.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import type { YektaYarError } from '../shared/yektaYarError.js'

/**
 * The backoff before retry number `retry`, counted from 0, in milliseconds: doubled each time up to
 * `maxMs`, with jitter over the upper half, so that clients that lost one server at the same time
 * do not return at the same time.
 */
export function retryDelay(retry: number, minMs: number, maxMs: number): number {
  return Math.round(Math.min(maxMs, minMs * 2 ** retry) * (1 + Math.random()) * 0.5)
}

/** The pause that a server asks for, in milliseconds, where it is neither none nor endless. */
export function askedDelay(askedMs: number): number {
  return Math.min(Math.max(askedMs, MIN_RETRY_AFTER_MS), MAX_RETRY_AFTER_MS)
}

/**
 * The milliseconds to wait after a failed attempt to connect: the backoff, plus more if the server
 * asks for it, if it has no place, or if many clients may come back at the same time.
 */
export function pauseAfter(
  { code, data }: YektaYarError,
  retry: number,
  isCrowded: boolean,
  { retryDelayMs, retryDelayMaxMs }: { retryDelayMs: number; retryDelayMaxMs: number },
): number {
  const usualMs = retryDelay(retry, retryDelayMs, retryDelayMaxMs)
  const isFull = code === 'rate_limited' || code === 'session_replaced'
  const patienceMs = isCrowded || isFull ? retryDelayMaxMs : 0
  const askedMs = Number(propertiesOf(data).retryAfterMs) || 0
  return Math.min(usualMs + Math.max(patienceMs, askedMs), MAX_RETRY_AFTER_MS)
}
