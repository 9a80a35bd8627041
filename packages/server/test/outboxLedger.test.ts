import { expect, it } from 'vitest'
import { OutboxLedger } from '../src/store/sqlite/outboxLedger.js'
import { sweepOutboxes } from '../src/once/sweepOutboxes.js'
import { insertSession } from '../src/store/sqlite/sessionQueries.js'
import { defaultLimits } from '../src/shared/limits.js'
import type { Database } from '../src/store/sqlite/openDatabase.js'
import { SweepPace } from '../src/store/sweepPace.js'
import { openTestStore } from './support/openTestStore.js'
import { describeSqlite } from './support/sqliteOnly.js'

const OUTBOX = 'outbox'
const NOW = Date.now()
const DAY_MS = 24 * 60 * 60_000

async function openStore() {
  const store = await openTestStore()
  const { database } = store
  const times = { createdAt: NOW, expiresAt: NOW + 365 * DAY_MS, lastActivityAt: NOW }
  await insertSession(database, { id: 'session', userId: null, metadata: {}, ...times })
  return store
}

/** Records the answers to the items from `firstN` to `lastN`, as one packet. */
async function recordPacket(
  database: Database,
  [firstN, lastN]: readonly [number, number],
  { now = NOW, outbox = OUTBOX, session = 'session' } = {},
): Promise<void> {
  const ledger = new OutboxLedger(database, now, defaultLimits)
  await ledger.load([outbox])
  const numbers = Array.from({ length: lastN - firstN + 1 }, (_, index) => firstN + index)
  ledger.record(
    outbox,
    session,
    numbers.map((n) => ({ n, key: `key-${String(n)}`, ok: true as const, data: n })),
  )
  await ledger.flush()
}

/** The numbers of the stored answers that a lookup of a range finds. */
async function keptIn(
  database: Database,
  [firstN, lastN]: readonly [number, number],
  now = NOW,
): Promise<number[]> {
  const ledger = new OutboxLedger(database, now, defaultLimits)
  return [...(await ledger.kept(OUTBOX, firstN, lastN)).keys()].sort((a, b) => a - b)
}

describeSqlite('the kept answers of an outbox', () => {
  it('are found for a range that ends or begins within a packet, and no packets beyond it', async () => {
    await using context = await openStore()
    const { database } = context
    for (let n = 1; n < 128; n += 32) await recordPacket(database, [n, n + 31])
    expect(await keptIn(database, [32, 32])).toContain(32)
    expect(await keptIn(database, [33, 33])).toContain(33)
    const middle = await keptIn(database, [40, 50])
    expect(middle).toEqual(expect.arrayContaining([40, 50]))
    expect(middle).not.toContain(32)
    expect(middle).not.toContain(97)
    expect(await keptIn(database, [129, 160])).toEqual([])
  })

  it('are exactly the last 256 where each came alone', async () => {
    await using context = await openStore()
    const { database } = context
    for (let n = 1; n <= 512; n++) await recordPacket(database, [n, n])
    const all = Array.from({ length: 256 }, (_, index) => 257 + index)
    expect(await keptIn(database, [1, 512])).toEqual(all)
  })

  it('end at their age, also where no sweep has removed them yet', async () => {
    await using context = await openStore()
    const { database } = context
    await recordPacket(database, [1, 2])
    expect(await keptIn(database, [1, 2], NOW + DAY_MS - 1)).toEqual([1, 2])
    expect(await keptIn(database, [1, 2], NOW + DAY_MS)).toEqual([])
  })
})

describeSqlite('a sweep of outboxes', () => {
  it('keeps what a session that lives has not used for 31 days, and forgets one without a session', async () => {
    await using context = await openStore()
    const { database, upkeep } = context
    const longAgo = NOW - 31 * DAY_MS
    await recordPacket(database, [1, 3], { now: longAgo })
    await recordPacket(database, [1, 1], { now: longAgo, outbox: 'forgotten', session: 'gone' })
    await recordPacket(database, [1, 1], { outbox: 'fresh', session: 'gone' })
    const pace = new SweepPace(defaultLimits.sweepTurnMs)
    await sweepOutboxes({ upkeep, pace, now: Date.now() })
    const rows = await database.selectFrom('outboxes').select(['id', 'last_n']).execute()
    expect(rows.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
      { id: 'fresh', last_n: 1 },
      { id: OUTBOX, last_n: 3 },
    ])
  })
})
