import { afterEach, expect, it, vi } from 'vitest'
import { pauseAfter, retryDelay } from '../src/connection/backoff.js'
import { MAX_RETRY_AFTER_MS } from '../src/shared/limits.js'
import { YektaYarError } from '../src/shared/yektaYarError.js'

const options = { retryDelayMs: 100, retryDelayMaxMs: 3_000 }

afterEach(() => vi.restoreAllMocks())

/** Makes chance what it is at most. */
function withoutLuck(): void {
  vi.spyOn(Math, 'random').mockReturnValue(1)
}

it('each retry waits twice as long as the one before, up to a bound', () => {
  withoutLuck()
  const delays = [0, 1, 2, 3, 4, 5, 6, 100].map((retry) => retryDelay(retry, 100, 3_000))
  expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_000, 3_000, 3_000])
})

it('chance takes up to half of a wait away', () => {
  for (const [luck, delay] of [
    [0, 200],
    [0.5, 300],
    [0.999, 400],
  ] as const) {
    vi.spyOn(Math, 'random').mockReturnValue(luck)
    expect(retryDelay(2, 100, 3_000)).toBe(delay)
  }
})

it.each([
  ['nothing', new YektaYarError('network_error', ''), false, 200],
  ['what the server asks for', limited(5_000), false, 5_200],
  ['the longest wait where that is more', limited(50), false, 3_200],
  ['the longest wait for a place', new YektaYarError('session_replaced', ''), false, 3_200],
  ['the longest wait with many others', new YektaYarError('network_error', ''), true, 3_200],
  ['the longest wait for an answer that is no time', limited('soon'), false, 3_200],
  ['what is not too much', limited(1e12), false, MAX_RETRY_AFTER_MS],
])('a pause is the usual wait and %s', (_what, error, isCrowded, pause) => {
  withoutLuck()
  expect(pauseAfter(error, 1, isCrowded, options)).toBe(pause)
})

function limited(retryAfterMs: unknown): YektaYarError {
  return new YektaYarError('rate_limited', '', { data: { retryAfterMs } })
}
