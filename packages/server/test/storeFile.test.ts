import { copyFile, readdir, readlink, stat } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { sql } from 'kysely'
import { expect, it, vi } from 'vitest'
import { createServer } from '../src/index.js'
import { openDatabase } from '../src/store/sqlite/openDatabase.js'
import { temporaryDirectory } from './support/server.js'
import { itSqlite } from './support/sqliteOnly.js'
import { isOnPostgres } from './support/testDatabase.js'

const ROOM = 'public:lobby'

function openServer(databaseUrl: string) {
  return createServer({ port: 0, host: '127.0.0.1', databaseUrl, logLevel: 'silent' })
}

/** The size of a file in bytes; 0 if it does not exist. */
async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

/** The files under a path that this process has open. */
async function openFiles(path: string): Promise<string[]> {
  const folder = '/proc/self/fd'
  const links = await Promise.all(
    (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => '')),
  )
  return links.filter((link) => link.startsWith(path))
}

itSqlite(
  'a file of a server that has closed has everything, without the files beside it',
  async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl, databasePath, path } = directory
    const server = await openServer(databaseUrl)
    for (const data of ['a', 'b']) await server.publish(ROOM, data)
    await server.close()
    expect(await sizeOf(`${databasePath}-wal`)).toBe(0)
    const copy = `${path}/copy.db`
    await copyFile(databasePath, copy)
    const next = await openServer(`sqlite:${copy}`)
    expect(await next.publish(ROOM, 'c')).toMatchObject({ seq: 3 })
    await next.close()
  },
)

itSqlite('a file is complete as well where an app has left a transaction open', async () => {
  await using directory = await temporaryDirectory()
  const { databaseUrl, databasePath } = directory
  const database = await openDatabase(databaseUrl, 5_000)
  await sql`create table notes (text)`.execute(database)
  await sql`insert into notes values ('a')`.execute(database)
  const transaction = await database.startTransaction().execute()
  await sql`insert into notes values ('b')`.execute(transaction)
  await database.destroy()
  expect(await sizeOf(`${databasePath}-wal`)).toBe(0)
  const again = await openDatabase(databaseUrl, 5_000)
  const { rows } = await sql`select text from notes`.execute(again)
  expect(rows).toEqual([{ text: 'a' }])
  await again.destroy()
})

it('a server that closes takes nothing from another one on the same file', async () => {
  await using directory = await temporaryDirectory()
  const [first, second] = [
    await openServer(directory.databaseUrl),
    await openServer(directory.databaseUrl),
  ]
  await first.publish(ROOM, 'a')
  await second.publish(ROOM, 'b')
  await first.close()
  expect(await second.publish(ROOM, 'c')).toMatchObject({ seq: 3 })
  await second.close()
  expect(await sizeOf(`${directory.databasePath}-wal`)).toBe(0)
})

it.runIf(process.platform === 'linux' && !isOnPostgres)(
  'a closed store lets its files go',
  async () => {
    await using directory = await temporaryDirectory()
    const server = await openServer(directory.databaseUrl)
    await server.publish(ROOM, 'a')
    expect(await openFiles(directory.path)).not.toEqual([])
    await server.close()
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void // defined by the flag
    await vi.waitFor(async () => {
      collectGarbage()
      expect(await openFiles(directory.path)).toEqual([])
    })
  },
)

itSqlite('the log beside the file does not grow with what is written', async () => {
  await using directory = await temporaryDirectory()
  const server = await openServer(directory.databaseUrl)
  const text = 'x'.repeat(10_000)
  for (let round = 0; round < 4; round++) {
    await Promise.all(Array.from({ length: 1_000 }, () => server.publish(ROOM, text)))
  }
  expect(await sizeOf(directory.databasePath)).toBeGreaterThan(20 * 1024 * 1024)
  expect(await sizeOf(`${directory.databasePath}-wal`)).toBeLessThan(24 * 1024 * 1024)
  await server.close()
})
