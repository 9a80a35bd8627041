import type { StatusReport } from '@yektayar/protocol'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DatabaseTime } from '../../src/store/postgres/databaseTime.js'
import { kinds } from '../support/openStores.js'
import { queryPostgres } from '../support/queryPostgres.js'
import { acquire, connected, startServer } from '../support/server.js'
import { emptyPostgres, isOnPostgres } from '../support/testDatabase.js'

const HOUR_MS = 3_600_000
const ROOM = 'public:clock'

/** With `STORE=postgres`, the database follows the clock that a test sets. */
const hasOwnClock = kinds.length > 1 && !isOnPostgres

afterEach(() => {
  vi.useRealTimers()
})

/** A server and a client of it, whose machine's clock is wrong by this much. */
async function startWrong(wrongByMs: number) {
  const databaseUrl = await emptyPostgres()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + wrongByMs })
  const context = await startServer({
    databaseUrl,
    sessionIdleDays: 1 / 48, // half an hour
    limits: { activityResolutionMs: 50 },
  })
  const { token } = await acquire(context.url)
  const connect = () => connected(context.client({ auth: { token } }))
  const column = async (expression: string) => {
    const [row] = await queryPostgres(
      databaseUrl,
      `select (${expression})::bigint - yektayar.now_ms() as ms from yektayar.sessions`,
    )
    return Number(row?.ms)
  }
  return { ...context, databaseUrl, connect, column }
}

describe.runIf(hasOwnClock).each([
  ['an hour ahead', HOUR_MS],
  ['an hour behind', -HOUR_MS],
])('a process on PostgreSQL whose clock is %s', (_which, wrongByMs) => {
  it('records when sessions were in use by the clock of the database', async () => {
    await using context = await startWrong(wrongByMs)
    const client = await context.connect()
    await queryPostgres(
      context.databaseUrl,
      'update yektayar.sessions set last_activity_at = last_activity_at - 60000',
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await client.emitWithAck('status')).toMatchObject({ ok: true })
    expect(Math.abs(await context.column('last_activity_at'))).toBeLessThan(5_000)
  })

  it('ends connections when their session expires by the clock of the database', async () => {
    await using context = await startWrong(wrongByMs)
    await queryPostgres(
      context.databaseUrl,
      'update yektayar.sessions set expires_at = yektayar.now_ms() + 1500',
    )
    const client = await context.connect()
    const connectedAt = performance.now()
    await new Promise((resolve) => client.once('session:ended', resolve))
    expect(performance.now() - connectedAt).toBeGreaterThan(1_000)
    expect(performance.now() - connectedAt).toBeLessThan(3_500) // the news are read each 5 s
  })

  it('asks the database only once whether a session that is valid has expired', async () => {
    await using context = await startWrong(wrongByMs)
    await queryPostgres(
      context.databaseUrl,
      `update yektayar.sessions set expires_at = yektayar.now_ms() + ${HOUR_MS / 2}`,
    )
    await context.connect()
    const expire = vi.spyOn(context.server.sessions, 'expire')
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(expire).not.toHaveBeenCalled()
  })

  it('gives messages and answers the time of the database', async () => {
    await using context = await startWrong(wrongByMs)
    const client = await context.connect()
    await client.emitWithAck('room:join', { room: ROOM })
    const heard = new Promise<{ at: string }>((resolve) => client.once('room:message', resolve))
    const { at } = await context.server.publish(ROOM, 'x')
    const stamped = [await client.emitWithAck('ping'), await client.emitWithAck('info')]
    const times = (stamped as never as { data: { timestamp: string } }[]).map(
      ({ data }) => data.timestamp,
    )
    // The SDK derives from the status when to renew its token.
    const status = (await client.emitWithAck('status')) as never as { data: StatusReport }
    const right = Date.now() - wrongByMs
    for (const time of [at, (await heard).at, ...times, status.data.server.timestamp]) {
      expect(Math.abs(Date.parse(time) - right)).toBeLessThan(5_000)
    }
  })
})

describe('the time of the database', () => {
  it('is not older because an answer was read late', () => {
    const start = performance.now()
    const time = new DatabaseTime()
    time.observe(1_000_000, start)
    const before = time.now()
    time.observe(before - 30_000, start - 31_000) // of a process that was stopped before it read it
    expect(time.now()).toBeGreaterThanOrEqual(before)
  })

  it('follows a clock that was set, and the sleep of a machine, in which its own clock stops', () => {
    const time = new DatabaseTime()
    time.observe(1_000_000, performance.now())
    for (const shiftMs of [HOUR_MS, -2 * HOUR_MS]) {
      const wanted = time.now() + shiftMs
      time.observe(wanted, performance.now())
      expect(Math.abs(time.now() - wanted)).toBeLessThan(50)
    }
  })
})
