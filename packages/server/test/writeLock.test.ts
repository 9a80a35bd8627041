import { join } from 'node:path'
import { sql } from 'kysely'
import Sqlite from 'libsql'
import { expect, it, vi } from 'vitest'
import { command, coreContract, extendContract, json } from '@yektayar/protocol'
import { openDatabase } from '../src/store/sqlite/openDatabase.js'
import type { Database } from '../src/store/sqlite/openDatabase.js'
import { readAtOnce } from '../src/store/sqlite/readAtOnce.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer, temporaryDirectory } from './support/server.js'
import { describeSqlite, itSqlite } from './support/sqliteOnly.js'

/** The longest time that the event loop may stand still: five times the target of 50 ms. */
const MAX_GAP_MS = 250

/** Two databases on one file, as in two processes. The first can hold the lock. */
async function openTwo(busyTimeoutMs = 5_000) {
  const directory = await temporaryDirectory()
  const open = () => openDatabase(directory.databaseUrl, busyTimeoutMs)
  const [holder, waiter] = [await open(), await open()]
  return {
    open,
    holder,
    waiter,
    async [Symbol.asyncDispose]() {
      await Promise.all([holder.destroy(), waiter.destroy()])
      await directory[Symbol.asyncDispose]()
    },
  }
}

/** Takes the write lock, as a long transaction in another process would. */
async function holdLock(database: Database) {
  const transaction = await database.startTransaction().execute()
  await addNode(transaction, 'holder')
  return { release: () => transaction.commit().execute() }
}

const addNode = (database: Database, id: string) =>
  database.insertInto('nodes').values({ id, seen_at: 0 }).execute()

const nodesOf = async (database: Database) =>
  (await database.selectFrom('nodes').select('id').orderBy('id').execute()).map(({ id }) => id)

/** Waits, and returns the longest gap between two turns of the event loop. */
async function longestGap(forMs: number): Promise<number> {
  const startedAt = performance.now()
  let [longest, last] = [0, startedAt]
  while (last - startedAt < forMs) {
    await new Promise((resolve) => setTimeout(resolve, 2))
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  return longest
}

itSqlite('opens a new file that another process has for itself for a while', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'new.db')
  const other = new Sqlite(path)
  other.exec('BEGIN EXCLUSIVE')
  const opening = openDatabase(`sqlite:${path}`, 5_000)
  const opened = vi.fn()
  void opening.then(opened)
  await longestGap(100)
  expect(opened).not.toHaveBeenCalled()
  other.exec('COMMIT')
  other.close()
  await (await opening).destroy()
})

describeSqlite('while another process holds the lock of the file', () => {
  it.each<[string, (database: Database, id: string) => Promise<unknown>]>([
    ['a single write', addNode],
    ['a transaction', (database, id) => database.transaction().execute((t) => addNode(t, id))],
    [
      'a controlled transaction',
      async (database, id) => {
        const transaction = await database.startTransaction().execute()
        await addNode(transaction, id)
        await transaction.commit().execute()
      },
    ],
  ])('%s waits without standing still, and others read', async (_what, write) => {
    await using stores = await openTwo()
    const { holder, waiter } = stores
    const lock = await holdLock(holder)
    const ids = Array.from({ length: 20 }, (_, index) => `w${String(index).padStart(2, '0')}`)
    const done: string[] = []
    const writes = ids.map((id) => write(waiter, id).then(() => done.push(id)))
    expect(await longestGap(3_000)).toBeLessThan(MAX_GAP_MS) // as a slow handler there would take
    expect(done).toEqual([])
    expect(await nodesOf(waiter)).toEqual([])
    expect(readAtOnce(waiter, 'select id from nodes', [])).toEqual([])
    await lock.release()
    await Promise.all(writes)
    expect(done).toEqual(ids)
    expect(await nodesOf(waiter)).toEqual(['holder', ...ids])
  })

  it('a write fails when the time is up, and what comes later works', async () => {
    await using stores = await openTwo(100)
    const { holder, waiter } = stores
    const lock = await holdLock(holder)
    const failed = await Promise.allSettled([
      addNode(waiter, 'a'),
      waiter.transaction().execute((transaction) => addNode(transaction, 'b')),
    ])
    const locked = { status: 'rejected', reason: { code: 'SQLITE_BUSY' } }
    expect(failed).toMatchObject([locked, locked])
    await lock.release()
    await addNode(waiter, 'c')
    expect(await nodesOf(waiter)).toEqual(['c', 'holder'])
  })

  it('a write that waits ends when its store is closed', async () => {
    await using stores = await openTwo(60_000)
    const lock = await holdLock(stores.holder)
    const writes = [addNode(stores.waiter, 'a'), addNode(stores.waiter, 'b')]
    const ended = Promise.allSettled(writes)
    await longestGap(50)
    await stores.waiter.destroy()
    const closed = { status: 'rejected', reason: { message: 'The database is closed' } }
    expect(await ended).toMatchObject([closed, closed])
    await lock.release()
    expect(await nodesOf(stores.holder)).toEqual(['holder'])
  })

  it('a store that is opened and migrated waits without standing still', async () => {
    await using directory = await temporaryDirectory()
    const first = await openDatabase(directory.databaseUrl, 5_000)
    await sql`delete from kysely_migration where name >= '0011'`.execute(first)
    await sql`alter table nodes drop column kept_ms`.execute(first)
    await sql`alter table news drop column events`.execute(first)
    for (const name of ['data', 'set_at']) {
      await sql`alter table presence drop column ${sql.ref(name)}`.execute(first)
    }
    const lock = await holdLock(first)
    const opening = openDatabase(directory.databaseUrl, 5_000)
    expect(await longestGap(300)).toBeLessThan(MAX_GAP_MS)
    await lock.release()
    const second = await opening
    expect(await nodesOf(second)).toEqual(['holder'])
    await Promise.all([first.destroy(), second.destroy()])
  })

  it('a store that has the newest schema is opened meanwhile', async () => {
    await using directory = await temporaryDirectory()
    const first = await openDatabase(directory.databaseUrl, 5_000)
    const lock = await holdLock(first)
    const second = await openDatabase(directory.databaseUrl, 0)
    await lock.release()
    await Promise.all([first.destroy(), second.destroy()])
  })

  it('a server answers, and commits what it was sent once the lock is free', async () => {
    const contract = extendContract(coreContract, {
      commands: { 'app:slow': command({ input: json, output: json, delivery: 'once' }) },
    })
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const began = vi.fn()
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    await using slow = await startServer({
      databaseUrl,
      contract,
      commands: {
        'app:slow': async () => {
          began()
          await released
          return 'done'
        },
      },
    })
    await using other = await startServer({ databaseUrl })
    const [atSlow, atOther] = [await roomClient(slow), await roomClient(other)]
    const slowly = atSlow.ask('app:slow', null)
    await vi.waitFor(() => {
      expect(began).toHaveBeenCalled()
    })
    const sent = atOther.send(ROOM, 'a')
    const acquired = other.acquire()
    const gap = longestGap(300)
    for (let call = 0; call < 10; call++) await atOther.ask('ping', undefined)
    expect(await gap).toBeLessThan(MAX_GAP_MS)
    release()
    expect(await slowly).toBe('done')
    expect(await sent).toMatchObject({ seq: 1 })
    expect((await acquired).token).toEqual(expect.any(String))
  })
})

describeSqlite('a transaction', () => {
  it('that a statement of its own has ended writes nothing more', async () => {
    await using stores = await openTwo()
    const { waiter } = stores
    const work = waiter.transaction().execute(async (transaction) => {
      await addNode(transaction, 'a')
      await sql`rollback`.execute(transaction)
      await addNode(transaction, 'b')
    })
    await expect(work).rejects.toThrow('ended')
    expect(await nodesOf(waiter)).toEqual([])
    await addNode(waiter, 'c')
    expect(await nodesOf(waiter)).toEqual(['c'])
  })

  it('is on the disk when it is committed', async () => {
    await using stores = await openTwo()
    const read = (pragma: string) =>
      sql.raw<Record<string, unknown>>(`select * from pragma_${pragma}`).execute(stores.waiter)
    expect((await read('synchronous')).rows).toEqual([{ synchronous: 2 }]) // FULL
    expect((await read('journal_mode')).rows).toEqual([{ journal_mode: 'wal' }])
  })
})
