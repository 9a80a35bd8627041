import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RenewalSchedule } from '../src/session/renewalSchedule.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** A schedule that knows the time, and when it rang. */
function start(renewLeewayMs: number, serverTime = Date.now()) {
  const rings: number[] = []
  const schedule = new RenewalSchedule({ renewLeewayMs, trace: undefined }, () => {
    rings.push(Date.now())
  })
  schedule.synchronize(serverTime)
  return { schedule, rings }
}

/** A session that expires in so long. */
function expiringIn(ms: number) {
  return { token: 't', expiresAt: new Date(Date.now() + ms).toISOString() } as never
}

describe('a session is renewed', () => {
  it('so long before it expires as the option says', () => {
    const { schedule, rings } = start(DAY_MS)
    schedule.plan(expiringIn(10 * DAY_MS))
    vi.advanceTimersByTime(9 * DAY_MS - 1)
    expect(rings).toEqual([])
    vi.advanceTimersByTime(1)
    expect(rings).toEqual([9 * DAY_MS])
  })

  it('after half of its lifetime, if that is later', () => {
    const { schedule, rings } = start(10 * DAY_MS)
    schedule.plan(expiringIn(2 * HOUR_MS))
    vi.advanceTimersByTime(HOUR_MS - 1)
    expect(rings).toEqual([])
    vi.advanceTimersByTime(1)
    expect(rings).toEqual([HOUR_MS])
  })

  it('by the clock of the server, and by none before its time is known', () => {
    const { schedule, rings } = start(HOUR_MS, Number.NaN)
    const session = expiringIn(3 * HOUR_MS)
    expect(schedule.plan(session)).toBe(session)
    schedule.synchronize(Date.now() + HOUR_MS) // this clock is an hour behind
    schedule.plan(session)
    vi.advanceTimersByTime(HOUR_MS)
    expect(rings).toEqual([HOUR_MS])
  })

  it('again a minute after a failure, and never after its end', () => {
    const { schedule, rings } = start(HOUR_MS)
    schedule.retry()
    vi.advanceTimersByTime(60_000)
    expect(rings).toEqual([60_000])
    schedule.plan(expiringIn(2 * HOUR_MS))
    schedule.cancel()
    vi.advanceTimersByTime(2 * HOUR_MS)
    expect(rings).toHaveLength(1)
  })
})
