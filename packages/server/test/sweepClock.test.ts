import pino from 'pino'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { yektayar } from '../src/index.js'
import { resolveLimits } from '../src/shared/limits.js'
import { SweepClock } from '../src/store/sweepClock.js'
import { startLoggingApp } from './support/loggingApp.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { connected, startServer, temporaryDirectory } from './support/server.js'
import { openTestStore } from './support/openTestStore.js'
import { queryStore } from './support/queryStore.js'
import { describeSqlite } from './support/sqliteOnly.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

afterEach(() => {
  vi.useRealTimers()
})

/** Counts the rows that a sweep removes by age. */
async function countRows(databaseUrl: string) {
  const count = async (table: 'sessions' | 'room_messages' | 'outboxes') =>
    (await queryStore(databaseUrl, `select 1 from ${table}`)).length
  return {
    sessions: await count('sessions'),
    messages: await count('room_messages'),
    outboxes: await count('outboxes'),
  }
}

/** Fills a store with one session, one message sent by it, and its outbox. */
async function fillStore(databaseUrl: string): Promise<string> {
  await using context = await startServer({ databaseUrl })
  const client = await roomClient(context)
  await client.join(ROOM)
  await client.send(ROOM, 'kept')
  await client.ask('outbox:deliver', {
    outbox: 'an-outbox-of-the-test',
    items: [{ n: 1, name: 'message', input: { text: 'kept' }, key: 'k' }],
  })
  return client.token
}

/** Starts a server with another clock, which sweeps every 20 ms. */
async function sweepAt(databaseUrl: string, now: number, limits = {}) {
  vi.useFakeTimers({ toFake: ['Date'], now })
  return startLoggingApp(async (app) => {
    await app.register(yektayar({ databaseUrl, limits: { sweepIntervalMs: 20, ...limits } }))
  })
}

const whenSwept = (ms = 300) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a server that starts with its clock weeks ahead', () => {
  it('removes no expired data even after a restart, but refuses tokens that have expired by that clock', async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    const token = await fillStore(databaseUrl)
    expect(await countRows(databaseUrl)).toEqual({ sessions: 1, messages: 2, outboxes: 1 })
    const later = Date.now() + 40 * DAY_MS
    for (const start of [1, 2]) {
      await using context = await sweepAt(databaseUrl, later + start)
      const headers = { authorization: `Bearer ${token}` }
      expect((await fetch(`${context.url}/api/session`, { headers })).status).toBe(401)
      // Rows written under a wrong clock must not count as proof that it is right.
      await fetch(`${context.url}/api/session/acquire`, { method: 'POST' })
      await whenSwept()
      const warnings = context.lines.filter(({ level }) => level === 40)
      expect(warnings).toHaveLength(1)
      expect(warnings[0]?.msg).toMatch(/no expired data is removed.*Check the clock/)
    }
    expect(await countRows(databaseUrl)).toEqual({ sessions: 3, messages: 2, outboxes: 1 })

    vi.useRealTimers()
    await using context = await startServer({ databaseUrl })
    await connected(context.client({ auth: { token } }))
    const reader = await roomClient(context, token)
    expect((await reader.join(ROOM)).messages).toHaveLength(1)
  })

  it('removes expired data once the clock has run steadily for clockTrustMs', async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    await fillStore(databaseUrl)
    await using context = await sweepAt(databaseUrl, Date.now() + 60 * DAY_MS, {
      clockTrustMs: 500,
    })
    const clock = setInterval(() => vi.setSystemTime(Date.now() + 5), 5)
    await vi.waitFor(
      async () => {
        const nothing = { sessions: 0, messages: 0, outboxes: 0 }
        expect(await countRows(databaseUrl)).toEqual(nothing)
      },
      { timeout: 8_000, interval: 100 },
    )
    clearInterval(clock)
    const warnings = context.lines.filter(({ level }) => level === 40)
    expect(warnings.map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/^no expired data is removed/),
      expect.stringMatching(/^the system clock has run steadily/),
    ])
  })
})

it('a clock that jumps while the server runs ends connections, and removes no session', async () => {
  await using context = await startServer({ sessionTtlDays: 10_000 / DAY_MS })
  const { token } = await context.acquire()
  const client = await connected(context.client({ auth: { token }, reconnection: false }))
  const closed = new Promise((resolve) => client.once('disconnect', resolve))
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11_000 })
  await closed
  expect(await context.server.sessions.findByToken(token)).toBeUndefined()
  vi.useRealTimers()
  expect(await context.server.sessions.findByToken(token)).toBeDefined()
})

/** The sweep clock of one store, and of processes that use it one after another. */
async function openClock(limits = {}) {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.UTC(2026, 0, 1) })
  const store = await openTestStore({ limits })
  const { upkeep } = store
  const log = pino({ level: 'silent' })
  const start = () => new SweepClock({ upkeep, limits: resolveLimits(limits), log })
  let clock = start()
  return {
    start() {
      clock = start()
    },
    look: () => clock.look(),
    /** Looks every 10 minutes for some time; returns the first result that is trusted. */
    async lookFor(ms: number) {
      for (const end = Date.now() + ms; Date.now() < end;) {
        const until = await clock.look()
        if (until !== undefined) return until
        vi.advanceTimersByTime(10 * MINUTE_MS)
      }
      return undefined
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

const jump = (ms: number): void => {
  vi.setSystemTime(Date.now() + ms)
}

describeSqlite('the clock of a sweep', () => {
  it('is trusted as time goes by, also by a server that was off for some hours', async () => {
    await using clock = await openClock()
    for (const ms of [0, 10 * MINUTE_MS, 10 * MINUTE_MS]) {
      vi.advanceTimersByTime(ms)
      expect(await clock.look()).toBe(Date.now())
    }
    clock.start()
    jump(23 * HOUR_MS)
    expect(await clock.look()).toBe(Date.now())
  })

  it('is trusted where sweeps are further apart than a step', async () => {
    await using clock = await openClock()
    await clock.look()
    vi.advanceTimersByTime(3 * DAY_MS)
    expect(await clock.look()).toBe(Date.now())
  })

  it('catches up by one day in each sweep after a server was off for 60 days', async () => {
    await using clock = await openClock()
    const last = (await clock.look()) ?? 0
    clock.start()
    jump(60 * DAY_MS)
    expect(await clock.lookFor(DAY_MS - 1)).toBeUndefined()
    for (let day = 1; day <= 59; day++) {
      expect(await clock.look()).toBe(last + day * DAY_MS)
      vi.advanceTimersByTime(10 * MINUTE_MS)
    }
    while ((await clock.look()) !== Date.now()) vi.advanceTimersByTime(10 * MINUTE_MS)
    expect(Date.now() - last).toBeLessThan(62 * DAY_MS)
  })

  it('counts the time over restarts, without the time in between', async () => {
    await using clock = await openClock()
    clock.start()
    jump(60 * DAY_MS)
    expect(await clock.lookFor(12 * HOUR_MS)).toBeUndefined()
    clock.start()
    jump(10 * HOUR_MS)
    expect(await clock.lookFor(12 * HOUR_MS)).toBeUndefined()
    expect(await clock.lookFor(HOUR_MS)).toBeDefined()
  })

  it('starts anew where a clock is corrected, or jumps again', async () => {
    await using clock = await openClock()
    jump(40 * DAY_MS)
    expect(await clock.lookFor(23 * HOUR_MS)).toBeUndefined()
    jump(-40 * DAY_MS)
    expect(await clock.look()).toBe(Date.now())
    jump(40 * DAY_MS)
    expect(await clock.lookFor(23 * HOUR_MS)).toBeUndefined()
    jump(40 * DAY_MS)
    expect(await clock.lookFor(23 * HOUR_MS)).toBeUndefined()
  })

  it('goes no further once it is corrected while it catches up', async () => {
    await using clock = await openClock()
    const last = (await clock.look()) ?? 0
    jump(40 * DAY_MS)
    expect(await clock.lookFor(2 * DAY_MS)).toBe(last + DAY_MS)
    jump(-40 * DAY_MS)
    expect(await clock.look()).toBe(Date.now())
    expect(Date.now()).toBeLessThan(last + 2 * DAY_MS)
  })

  it('is not trusted while it is decades behind, until it has run steadily for a day', async () => {
    await using clock = await openClock()
    jump(-20_000 * DAY_MS)
    expect(await clock.lookFor(HOUR_MS)).toBeUndefined()
    jump(20_000 * DAY_MS)
    expect(await clock.look()).toBe(Date.now())
    jump(-20_000 * DAY_MS)
    expect(await clock.lookFor(25 * HOUR_MS)).toBe(Date.now())
    jump(20_000 * DAY_MS)
    expect(await clock.lookFor(25 * HOUR_MS)).toBeDefined()
    let looks = 1
    while ((await clock.look()) !== Date.now()) {
      vi.advanceTimersByTime(10 * MINUTE_MS)
      looks++
    }
    expect(looks).toBeLessThan(1_000)
  })
})
