import pino from 'pino'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createSessions } from '../src/sessions/sessions.js'
import { defaultLimits } from '../src/shared/limits.js'
import { SweepClock } from '../src/store/sweepClock.js'
import { temporaryDirectory } from './support/server.js'
import { next, startLife } from './support/sessionLife.js'
import { openTestStore } from './support/openTestStore.js'

const DAY_MS = 24 * 60 * 60_000

/** A third of a minute. Socket.IO's clients treat a jump of the clock by 45 s as a lost connection. */
const shortLived = { sessionTtlDays: 20_000 / DAY_MS, sessionIdleDays: 0 }

afterEach(() => {
  vi.useRealTimers()
})

/** Two stores on one file, as in two processes, both driven by the test. */
async function openTwo() {
  const directory = await temporaryDirectory()
  const open = () => openTestStore({ databaseUrl: directory.databaseUrl })
  const [first, second] = [await open(), await open()]
  const listener = {
    has: () => false,
    moved: vi.fn(),
    changed: vi.fn(),
    suspended: vi.fn(() => vi.fn()),
    ended: vi.fn(),
  }
  const log = pino({ level: 'silent' })
  const sessionsOf = (store: typeof first) =>
    createSessions({
      store,
      sweepClock: new SweepClock({ upkeep: store.upkeep, limits: defaultLimits, log }),
      listener,
      limits: defaultLimits,
    })
  return {
    first: first.database,
    second: second.database,
    sessions: sessionsOf(first),
    others: sessionsOf(second),
    async [Symbol.asyncDispose]() {
      await Promise.all([first, second].map((store) => store[Symbol.asyncDispose]()))
      await directory[Symbol.asyncDispose]()
    },
  }
}

/** Waits for some turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a process that stood still', () => {
  it('does not end the connections of a session that was renewed elsewhere', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    const shared = { databaseUrl, ...shortLived }
    await using deaf = await startLife({ ...shared, limits: { storePollMs: 10 ** 9 } })
    await using other = await startLife(shared)
    const [kept, lost] = [await deaf.acquire(), await deaf.acquire()]
    const client = await deaf.connect(kept.token)
    const left = await deaf.connect(lost.token)
    const ended = next(left, 'session:ended')
    vi.advanceTimersByTime(12_000)
    const renewed = await other.call('POST', '/renew', kept.token)
    vi.advanceTimersByTime(10_000)
    expect(await ended).toMatchObject({
      code: expect.stringMatching(/^(expired|ended)$/) as string,
    })
    expect(await client.timeout(5_000).emitWithAck('ping')).toMatchObject({ ok: true })
    expect((await other.call('GET', '', renewed.body.token)).status).toBe(200)
  })

  it('ends it at its new end', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    await using directory = await temporaryDirectory()
    const shared = { databaseUrl: directory.databaseUrl, ...shortLived }
    await using deaf = await startLife({ ...shared, limits: { storePollMs: 10 ** 9 } })
    await using other = await startLife(shared)
    const session = await deaf.acquire()
    const client = await deaf.connect(session.token)
    const ended = next(client, 'session:ended')
    vi.advanceTimersByTime(12_000)
    await other.call('POST', '/renew', session.token)
    vi.advanceTimersByTime(10_000)
    await client.timeout(5_000).emitWithAck('ping')
    vi.advanceTimersByTime(12_000)
    expect(await ended).toMatchObject({
      code: expect.stringMatching(/^(expired|ended)$/) as string,
    })
  })

  it('sweeps no session that another process renews at the same time', async () => {
    await using two = await openTwo()
    const { first, second, sessions, others } = two
    const [kept, lost] = [await sessions.acquire(), await sessions.acquire()]
    await first.updateTable('sessions').set({ expires_at: 1 }).execute()
    const { id } = await first
      .selectFrom('session_tokens')
      .innerJoin('sessions', 'sessions.id', 'session_id')
      .select('id')
      .limit(1)
      .executeTakeFirstOrThrow()
    const renewal = await second.startTransaction().execute()
    const expires_at = Date.now() + DAY_MS
    await renewal.updateTable('sessions').set({ expires_at }).where('id', '=', id).execute()
    const sweeping = sessions.sweep(Date.now())
    await turns(50) // by now it waits for the lock
    await renewal.commit().execute()
    expect(await sweeping).toBe(1)
    const found = [await others.findByToken(kept.token), await others.findByToken(lost.token)]
    expect(found.filter((session) => session?.id === id)).toHaveLength(1)
    const tokens = await first.selectFrom('session_tokens').select('session_id').execute()
    expect(tokens).toEqual([{ session_id: id }])
  })

  it('does not take back that a session was in use later', async () => {
    await using two = await openTwo()
    const { first, sessions } = two
    await sessions.acquire()
    await first
      .updateTable('sessions')
      .set({ last_activity_at: Date.now() + 1_000 })
      .execute()
    const before = await first.selectFrom('sessions').selectAll().executeTakeFirstOrThrow()
    await sessions.touchAll([before.id])
    expect(await first.selectFrom('sessions').selectAll().execute()).toEqual([before])
  })
})
