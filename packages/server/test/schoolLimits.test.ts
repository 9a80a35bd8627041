import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { defaultLimits } from '../src/index.js'
import { createRateLimit } from '../src/shared/rateLimit.js'
import { createLocalLimits } from '../src/store/strictLimits.js'
import type { LimitCharge } from '../src/store/strictLimits.js'

const CLIENTS = 500
const RETRY_MS = 1_000 // real clients retry at random times

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

it('500 clients behind one address connect within a minute, with the limits as shipped', async () => {
  const { take } = createLocalLimits(defaultLimits)
  const acquire: LimitCharge = {
    name: 'acquiresPerAddressPerMinute',
    key: 'school',
    windowMs: 60_000,
    kind: 'bucket',
  }
  const handshakes = createRateLimit({
    burst: defaultLimits.handshakeBurstPerAddress,
    perSecond: defaultLimits.handshakesPerAddressPerSecond,
    maxKeys: 1,
  })
  let absent = CLIENTS
  for (let count = 0; count < 600; count++) {
    expect(await take([acquire])).toHaveProperty('receipt')
  }
  expect(await take([acquire])).toHaveProperty('refusal')
  for (let passedMs = 0; passedMs < 60_000; passedMs += RETRY_MS) {
    for (let tries = absent; tries > 0; tries--) if (handshakes.take('school') === 0) absent--
    vi.advanceTimersByTime(RETRY_MS)
  }
  expect(absent).toBe(0)
  // Each client may also have a dead connection that the server has not noticed yet.
  expect(defaultLimits.connectionsPerAddress).toBeGreaterThanOrEqual(2 * CLIENTS)
})
