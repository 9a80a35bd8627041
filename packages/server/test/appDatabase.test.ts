import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../src/index.js'
import { startServer, temporaryDirectory } from './support/server.js'
import { sqlitePlaces } from './support/sqlitePlaces.js'

interface User {
  id: string
  isActive: boolean
  isAdmin: boolean | null
  visits: number
}
type Tables = Record<'users', User> & Record<'sessions', { id: string }>

/** A server with a table of the app's own. */
async function startWithTable(databaseUrl: string) {
  const context = await startServer({ databaseUrl })
  const database = context.server.database.withTables<Tables>()
  await database.schema
    .createTable('users')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('isActive', 'boolean', (column) => column.notNull())
    .addColumn('isAdmin', sql`BOOL`)
    .addColumn('visits', 'integer', (column) => column.notNull())
    .execute()
  return { context, database }
}

describe.each(sqlitePlaces)('the database of an app, %s', (_name, urlOf) => {
  it('reads columns that were declared boolean as booleans', async () => {
    await using directory = await temporaryDirectory()
    const { context, database } = await startWithTable(urlOf(directory.databaseUrl))
    await using _context = context
    const sara = { id: 'sara', isActive: true, isAdmin: null, visits: 1 }
    const inserted = await database.insertInto('users').values(sara).returningAll().execute()
    expect(inserted).toEqual([sara])
    const read = database
      .selectFrom('users as user')
      .select(['user.isActive as active', 'visits', ({ fn }) => fn.countAll().as('count')])
      .groupBy(['user.isActive', 'visits'])
    expect(await read.limit(1).execute()).toEqual([{ active: true, visits: 1, count: 1 }])
    await database.updateTable('users').set({ isAdmin: false }).execute()
    expect(await database.selectFrom('users').selectAll().execute()).toEqual([
      { ...sara, isAdmin: false },
    ])
    await database.schema.alterTable('users').addColumn('isNew', 'boolean').execute()
    await sql`update users set "isNew" = true`.execute(database)
    expect(await database.selectFrom('users').selectAll().execute()).toEqual([
      { ...sara, isAdmin: false, isNew: true },
    ])
  })

  it('has the tables of the app alone', async () => {
    await using directory = await temporaryDirectory()
    const { context, database } = await startWithTable(urlOf(directory.databaseUrl))
    await using _context = context
    const inner = database.selectFrom('sessions').select('id')
    const attempts = [
      () => inner.execute(),
      () => database.selectFrom('users').innerJoin('sessions', 'sessions.id', 'users.id').execute(),
      () => database.selectFrom('users').selectAll().where('id', 'in', inner).execute(),
      () =>
        database
          .with('own', () => inner)
          .selectFrom('own')
          .selectAll()
          .execute(),
      () => database.insertInto('sessions').values({ id: 'mine' }).execute(),
      () => database.insertInto('users').columns(['id']).expression(inner).execute(),
      () => database.updateTable('sessions').set({ id: 'mine' }).execute(),
      () => database.deleteFrom('sessions').execute(),
      () => database.schema.dropTable('Sessions').execute(),
      () => database.schema.createTable('news').addColumn('id', 'text').execute(),
      () => database.schema.createIndex('mine').on('main.sessions').column('id').execute(),
      () => sql`delete from ${sql.table('sessions')}`.execute(database),
      () => database.transaction().execute((own) => own.deleteFrom('sessions').execute()),
    ]
    for (const attempt of attempts) {
      const work = async (): Promise<unknown> => attempt()
      const refused = await work().catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(UsageError)
      expect(refused).toMatchObject({
        code: 'reserved_table',
        message: expect.stringMatching(
          /^"\w+" is a table of @yektayar\/server: use realtime\.sessions.* or another name/,
        ) as string,
      })
    }
    const aliased = database.selectFrom('users as sessions').select('sessions.id')
    expect(await aliased.where('sessions.id', '=', 'SchemableIdentifierNode').execute()).toEqual([])
    expect((await context.acquire()).token).toHaveLength(43)
  })
})
