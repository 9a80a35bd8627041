import { sql } from 'kysely'
import { afterEach, expect, it, vi } from 'vitest'
import { openDatabase, openReader } from '../src/store/sqlite/openDatabase.js'
import type * as OpenDatabase from '../src/store/sqlite/openDatabase.js'
import { threadFile } from '../src/store/sqlite/threadFile.js'
import { isStoreFailure } from '../src/store/storeFailure.js'
import { StoreValueError } from '../src/store/storeValueError.js'
import { captureLog } from './support/captureLog.js'
import { openTestStore } from './support/openTestStore.js'
import { range } from './support/range.js'
import { startServer, temporaryDirectory } from './support/server.js'
import { describeSqlite } from './support/sqliteOnly.js'

/** Every started thread, the newest last. */
const threads = vi.hoisted(() => [] as { threadId: number; terminate(): Promise<number> }[])

vi.mock('node:worker_threads', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:worker_threads')>()
  class NotedWorker extends original.Worker {
    constructor(...given: ConstructorParameters<typeof original.Worker>) {
      super(...given)
      threads.push(this)
    }
  }
  return { ...original, Worker: NotedWorker }
})

vi.mock('../src/store/sqlite/openDatabase.js', async (importOriginal) => {
  const original = await importOriginal<typeof OpenDatabase>()
  return { ...original, openReader: vi.fn(original.openReader) }
})

const ROOM = 'public:lobby'

// eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- an interface has no index signature
type Tables = { notes: { text: unknown } }

afterEach(() => {
  vi.useRealTimers()
})

/** A server with a database file. */
async function startOnFile(options: { logLevel?: 'error' } = {}) {
  const directory = await temporaryDirectory()
  const context = await startServer({ ...options, databaseUrl: directory.databaseUrl })
  return {
    ...context,
    directory,
    async [Symbol.asyncDispose]() {
      await context[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}

describeSqlite('a store on a file', () => {
  it('is written in a thread, and the loop goes on while another process has the lock', async () => {
    await using context = await startOnFile()
    const other = await openDatabase(context.directory.databaseUrl, 5_000)
    const lock = await other.startTransaction().execute()
    await sql`insert into nodes (id, seen_at) values ('other', 1)`.execute(lock)
    let worstMs = 0
    let lastAt = performance.now()
    const timer = setInterval(() => {
      worstMs = Math.max(worstMs, performance.now() - lastAt)
      lastAt = performance.now()
    }, 1)
    const published = context.server.publish(ROOM, 'x')
    const acquired = context.server.sessions.acquire()
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(await context.server.sessions.find('nobody')).toBeUndefined()
    await lock.commit().execute()
    expect(await published).toMatchObject({ seq: 1 })
    clearInterval(timer)
    expect(worstMs).toBeLessThan(250)
    const { token } = await acquired
    expect(context.server.sessions.findByToken(token)).toMatchObject({ userId: null })
    await other.destroy()
  })

  it('dates what is stored by the clock of the event loop', async () => {
    await using context = await startOnFile()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2031, 4, 5) })
    const { at } = await context.server.publish(ROOM, 'x')
    expect(at).toMatch(/^2031-05-05T00:00:/)
  })

  it('comes back when its thread ends by itself, and says so meanwhile', async () => {
    await using context = await startOnFile({ logLevel: 'error' })
    const { server } = context
    const log = captureLog(server)
    const { href } = threadFile
    expect(await server.publish(ROOM, 'before')).toMatchObject({ seq: 1 })
    threadFile.href = 'file:///nowhere.js' // so that no new thread can start
    try {
      const lost = server.publish(ROOM, 'lost')
      const ended = threads.at(-1)?.terminate()
      await expect(lost).rejects.toMatchObject({ code: 'store_unavailable' })
      await ended
      const early = server.publish(ROOM, 'too early')
      await expect(early).rejects.toMatchObject({ code: 'store_unavailable' })
      expect((await fetch(`${server.url}/ready`)).status).toBe(503)
      await vi.waitFor(() => {
        expect(log.text()).toContain('the thread of the store could not open the store')
      })
      expect(log.text()).toContain('the thread of the store has ended by itself; restarting it')
      expect(log.text()).toContain('nowhere.js') // why it could not
    } finally {
      threadFile.href = href
    }
    await vi.waitFor(
      async () => {
        expect(await server.publish(ROOM, 'after')).toMatchObject({ room: ROOM })
        expect((await fetch(`${server.url}/ready`)).status).toBe(200)
      },
      { timeout: 10_000, interval: 50 },
    )
  })

  it('ends its thread where the rest of it cannot be opened', async () => {
    await using directory = await temporaryDirectory()
    vi.mocked(openReader).mockImplementationOnce(() => {
      throw new Error('no reader')
    })
    const opening = startServer({ databaseUrl: directory.databaseUrl })
    await expect(opening).rejects.toThrow('no reader')
    expect(threads.at(-1)?.threadId).toBe(-1) // Node's value for a thread that has ended
  })

  it('is written on the loop where the file of the thread is missing, with a warning', async () => {
    const { href } = threadFile
    threadFile.href = 'file:///nowhere.js'
    try {
      await using context = await startOnFile()
      expect(await context.server.publish(ROOM, 'x')).toMatchObject({ seq: 1 })
    } finally {
      threadFile.href = href
    }
  })
})

describeSqlite('the tables of an app in a store on a file', () => {
  async function openNotes() {
    const context = await startOnFile()
    const database = context.server.database.withTables<Tables>()
    await database.schema.createTable('notes').addColumn('text', 'text').execute()
    return { ...context, database }
  }

  it('take back a transaction that fails, and keep one that does not', async () => {
    await using context = await openNotes()
    const { database } = context
    const failing = database.transaction().execute(async (transaction) => {
      await transaction.insertInto('notes').values({ text: 'lost' }).execute()
      throw new Error('on purpose')
    })
    await expect(failing).rejects.toThrow('on purpose')
    const inserted = await database.transaction().execute(async (transaction) => {
      await transaction.insertInto('notes').values({ text: 'kept' }).execute()
      return transaction.insertInto('notes').values({ text: 'too' }).executeTakeFirst()
    })
    expect(inserted.numInsertedOrUpdatedRows).toBe(1n)
    const rows = await database.selectFrom('notes').selectAll().execute()
    expect(rows).toEqual([{ text: 'kept' }, { text: 'too' }])
  })

  it.each([
    ['a Date', new Date()],
    ['a symbol', Symbol('x')],
    ['a bigint', 1n],
    ['a Map', new Map()],
  ])('refuse %s, and name the column', async (_kind, text) => {
    await using context = await openNotes()
    const writing = context.database.insertInto('notes').values({ text }).execute()
    const error: unknown = await writing.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StoreValueError)
    expect(error).toMatchObject({ column: 'notes.text' })
  })

  it('say what was wrong with a statement', async () => {
    await using context = await openNotes()
    const reading = sql`select author from notes`.execute(context.database)
    await expect(reading).rejects.toThrow('no such column: author')
  })
})

describeSqlite('a group for the thread', () => {
  it('is handed over in parts where it is large, in its order', async () => {
    await using directory = await temporaryDirectory()
    await using store = await openTestStore({
      databaseUrl: directory.databaseUrl,
      limits: { commitGroupMs: 60_000 },
    })
    const large = 'x'.repeat(100_000)
    const places = await Promise.all(
      range(1, 25).map((n) =>
        store.outboxes.append({
          room: ROOM,
          message: { id: String(n), from: 'server', data: large },
        }),
      ),
    )
    expect(places.map(({ seq }) => seq)).toEqual(range(1, 25))
    expect(store.commits).toHaveBeenCalledTimes(3) // 1 MiB each
  })
})

describeSqlite('a transaction in the thread', () => {
  it('takes no query once it is over', async () => {
    await using directory = await temporaryDirectory()
    await using store = await openTestStore({ databaseUrl: directory.databaseUrl })
    let late: (() => Promise<unknown>) | undefined
    await store.outboxes.transact((transaction) => {
      late = () => sql`delete from sessions`.execute(transaction.database)
      return Promise.resolve()
    })
    await expect(late?.()).rejects.toThrow('The transaction has ended')
  })

  it('fails as the store does once that is closed', async () => {
    await using directory = await temporaryDirectory()
    const store = await openTestStore({ databaseUrl: directory.databaseUrl })
    await store[Symbol.asyncDispose]()
    const failure: unknown = await store.tryToWrite().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'store_unavailable' })
    expect(isStoreFailure((failure as Error).cause)).toBe(true)
  })
})
