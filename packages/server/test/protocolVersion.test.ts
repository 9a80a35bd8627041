import { describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import { createServer } from '../src/index.js'
import { openDatabase } from '../src/store/sqlite/openDatabase.js'
import { connected, refused, startServer, temporaryDirectory } from './support/server.js'
import { describeSqlite } from './support/sqliteOnly.js'

describe('the version of the protocol that a client names', () => {
  it.each([undefined, null, 1])('is served where it is %j', async (protocol) => {
    await using context = await startServer()
    const { token } = await context.acquire()
    await connected(context.client({ auth: { token, protocol } }))
  })

  it.each([
    [2, 'deploy servers first'],
    [1_000_000, 'deploy servers first'],
  ])('is refused for good where it is %j, with what to do', async (protocol, todo) => {
    await using context = await startServer()
    const { token } = await context.acquire()
    const { data } = await refused(context.client({ auth: { token, protocol } }))
    expect(data).toMatchObject({
      code: 'upgrade_required',
      retryable: false,
      hint: expect.stringContaining(todo) as string,
    })
  })

  it.each([0, -1, 1.5, '1', true, {}, [1]])('is no version where it is %j', async (protocol) => {
    await using context = await startServer()
    const { token } = await context.acquire()
    const { data } = await refused(context.client({ auth: { token, protocol } }))
    expect(data).toMatchObject({ code: 'invalid_input' })
  })
})

describeSqlite('a store that a newer version has migrated', () => {
  it.each([
    ['in an existing folder', 'app.db'],
    ['in a folder that the server has created', 'data/app.db'],
  ])('is refused %s, with an error that names the unknown migration', async (_where, name) => {
    await using directory = await temporaryDirectory()
    const databaseUrl = directory.databaseUrl.replace(/[^/]+$/, name)
    const options = { databaseUrl, port: 0, logLevel: 'silent' as const }
    await (await createServer(options)).close()
    const before = await openDatabase(databaseUrl, 1_000)
    await sql`insert into kysely_migration values ('0999_from_the_future', '2030-01-01')`.execute(
      before,
    )
    await before.destroy()
    await expect(createServer(options)).rejects.toMatchObject({
      name: 'OptionError',
      code: 'invalid_options',
      message: expect.stringMatching(/newer version.*0999_from_the_future.*backup/) as string,
    })
  })
})
