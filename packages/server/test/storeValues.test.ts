import { CompiledQuery, sql } from 'kysely'
import { expect, it } from 'vitest'
import { compileOnce } from '../src/store/sqlite/compileOnce.js'
import { openDatabase } from '../src/store/sqlite/openDatabase.js'
import { parameterColumns } from '../src/store/sqlite/parameterColumns.js'
import { readAtOnce } from '../src/store/sqlite/readAtOnce.js'
import { describeSqlite } from './support/sqliteOnly.js'

// eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- an interface has no index signature
type Tables = { orders: { name: unknown; paid: unknown } }

/** An in-memory store with an app's own table. */
async function openOrders() {
  const store = await openDatabase('sqlite::memory:', 100)
  const database = store.withTables<Tables>()
  await database.schema
    .createTable('orders')
    .addColumn('name', 'text')
    .addColumn('paid', 'blob')
    .execute()
  return {
    store,
    database,
    rows: () => database.selectFrom('orders').selectAll().execute(),
    [Symbol.asyncDispose]: () => store.destroy(),
  }
}

/** Values that no statement accepts, and the word for each in the error. */
const unfit: [string, unknown][] = [
  ['Date', new Date(0)],
  ['undefined', undefined],
  ['bigint', 10n],
  ['bigint', 10n ** 30n],
  ['symbol', Symbol('x')],
  ['function', () => 1],
  ['NaN', NaN],
  ['-Infinity', -Infinity],
  ['object', { a: 1 }],
  ['object', new Map()],
  ['object', new Boolean(true)],
  ['array', [1, 2]],
  ['promise', Promise.resolve(1)],
  ['Proxy', new Proxy({}, {})],
  ['buffer', new Uint16Array([1])],
  ['buffer', new Float64Array([1])],
  ['buffer', new DataView(new ArrayBuffer(2))],
  ['buffer', new ArrayBuffer(2)],
  ['lone surrogate', 'a\ud800b'],
  ['lone surrogate', '\udc00'],
  ['NUL', 'a\0b'],
]

describeSqlite('a value that is written into the store', () => {
  it.each([
    [true, 1],
    [false, 0],
    [null, null],
    [1.5, 1.5],
    [-(2 ** 40), -(2 ** 40)],
    ['متن 😀', 'متن 😀'],
    ['', ''],
    [Buffer.from('ab'), new Uint8Array([97, 98]).buffer],
    [new Uint8Array([1, 2]), new Uint8Array([1, 2]).buffer],
  ])('of the kinds that it knows comes back: %s', async (paid, stored) => {
    await using store = await openOrders()
    await store.database.insertInto('orders').values({ name: 'a', paid }).execute()
    expect(await store.rows()).toEqual([{ name: 'a', paid: stored }])
  })

  it.each(unfit)('of another kind is refused by its column: %s', async (kind, value) => {
    await using store = await openOrders()
    const insert = CompiledQuery.raw('insert into orders (name, paid) values (?, ?)', ['a', value])
    const update = CompiledQuery.raw('update orders set paid = ?', [value])
    for (const query of [insert, update]) {
      await expect(store.database.executeQuery(query)).rejects.toMatchObject({
        name: 'StoreValueError',
        column: 'orders.paid',
        message: expect.stringMatching(new RegExp(`orders\\.paid.*${kind}`)) as string,
      })
    }
    expect(await store.rows()).toEqual([])
  })

  it('is refused in each way to ask, and the store goes on', async () => {
    await using store = await openOrders()
    const { database } = store
    const search = (name: unknown) =>
      database.selectFrom('orders').selectAll().where('name', '=', name)
    const compiled = compileOnce<{ name: unknown }, unknown>((db, value) =>
      db.withTables<Tables>().selectFrom('orders').selectAll().where('name', '=', value('name')),
    )
    const readFirst = async (name: unknown) => {
      for await (const row of search(name).stream()) return row
    }
    const wrong = { name: 'StoreValueError', column: 'orders.name' }
    const date = new Date(0)
    await expect(search(date).execute()).rejects.toMatchObject(wrong)
    await expect(search(date).limit(sql.lit(1)).execute()).rejects.toMatchObject(wrong)
    await expect(readFirst(date)).rejects.toMatchObject(wrong)
    await expect((async () => compiled(store.store, { name: date }))()).rejects.toMatchObject(wrong)
    await database.insertInto('orders').values({ name: '1', paid: true }).execute()
    expect(await search('1').execute()).toEqual([{ name: '1', paid: 1 }])
    expect(await readFirst('1')).toEqual({ name: '1', paid: 1 })
    expect(await compiled(store.store, { name: true })).toEqual([])
  })

  it('has a place for each of its statement’s parameters', async () => {
    await using store = await openOrders()
    for (const values of [['a'], ['a', 1, 2], []]) {
      const query = CompiledQuery.raw('insert into orders values (?, ?)', values)
      await expect(store.database.executeQuery(query)).rejects.toMatchObject({
        name: 'StoreValueError',
        message: `The statement takes 2 values, not ${String(values.length)}: insert into orders values (?, ?)`,
      })
    }
    expect(await store.rows()).toEqual([])
  })

  it('is never in the text of the error', async () => {
    await using store = await openOrders()
    const secret = { note: 'very private' }
    const insert = store.database.insertInto('orders').values({ name: 'a', paid: secret })
    const error: unknown = await insert.execute().catch((reason: unknown) => reason)
    expect(String(error)).toMatch(/orders\.paid/)
    expect(String(error)).not.toMatch(/private|note/)
  })
})

describeSqlite('a store that is closed', () => {
  it('refuses what comes late, also from a transaction that is open', async () => {
    const { store } = await openOrders()
    const transaction = await store.startTransaction().execute()
    await store.destroy()
    await expect(transaction.selectFrom('store').selectAll().execute()).rejects.toThrow('closed')
    await expect(transaction.deleteFrom('sessions').execute()).rejects.toThrow('closed')
    expect(() => readAtOnce(store, 'select epoch from store', [])).toThrow('closed')
    await expect(store.selectFrom('store').selectAll().execute()).rejects.toThrow('destroyed')
  })
})

describeSqlite('the columns of a statement’s parameters', () => {
  it.each([
    ['insert into "o" ("a", "b") values (?, ?), (?, ?)', ['o.a', 'o.b', 'o.a', 'o.b']],
    ['insert into main.o (a, b) values (upper(?), json_array(?, ?))', ['o.a', 'o.b', 'o.b']],
    ['insert into o (a) values (?) on conflict (a) do update set b = ?', ['o.a', 'o.b']],
    ['update "o" set "a" = ?, "b" = ? where "x"."c" = ?', ['o.a', 'o.b', 'x.c']],
    ['select * from o where a in (?, ?) and b is not ? limit ?', ['o.a', 'o.a', 'o.b', undefined]],
    ['select ? as a from o where b in (select value from json_each(?))', [undefined, undefined]],
    [`select '?', "?", ? -- ?\n, /* ? */ ? from o where a like ?`, [undefined, undefined, 'o.a']],
    ['select ?1', undefined],
    ['select :a', undefined],
  ])('are told: %s', (statement, columns) => {
    expect(parameterColumns(statement)).toEqual(columns)
  })
})
