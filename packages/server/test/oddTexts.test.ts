import { randomUUID } from 'node:crypto'
import { chmod, readdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../src/store/sqlite/openDatabase.js'
import { logOf } from './support/logOf.js'
import { answersOf, ROOM, roomClient, sendItem } from './support/roomClient.js'
import { startServer, temporaryDirectory } from './support/server.js'
import { describeSqlite } from './support/sqliteOnly.js'

/** Texts that UTF-8 or SQLite would change, truncate, or confuse with one another. */
const unfit = [
  '\ud800',
  '\udfff',
  'public:a\ud800',
  'public:\udc00\ud800',
  'public:\0',
  'public:a\0b',
]
const fit = ['public:متن', 'public:😀', 'public:\ufffd', 'public: ', 'public:\u200c\n']

describe('a room', () => {
  it.each(unfit)('is not named %j', async (room) => {
    await using context = await startServer({ authorize: () => true })
    const client = await roomClient(context)
    const refused = { code: 'invalid_input' }
    for (const [name, input] of [
      ['room:join', { room }],
      ['room:leave', { room }],
      ['room:send', { room, data: 1 }],
      ['room:history', { room }],
      ['room:typing', { room, isTyping: true }],
    ] as const) {
      await expect(client.ask(name, input)).rejects.toMatchObject(refused)
    }
    const delivered = await client.deliver(randomUUID(), [sendItem(1, room, 'a')])
    expect(answersOf(delivered)).toMatchObject([{ ok: false, error: refused }])
    await expect(context.server.publish(room as 'public:x', 1)).rejects.toMatchObject(refused)
  })

  it('has a log of its own under every name that it may have', async () => {
    await using context = await startServer({ authorize: () => true })
    const client = await roomClient(context)
    for (const room of fit) expect(await client.send(room, room)).toMatchObject({ seq: 1, room })
    for (const room of fit) expect(await logOf(client, room)).toEqual([room])
  })

  it('keeps texts with lone surrogates and NUL in its messages as they are', async () => {
    await using context = await startServer()
    const [client, other] = [await roomClient(context), await roomClient(context)]
    await other.join(ROOM)
    const texts = [...unfit, ...fit, { '\ud800': ['\0', { '\udc00\0': '\udfff' }] }]
    for (const text of texts) await client.send(ROOM, text)
    expect(await logOf(client)).toEqual(texts)
    expect(other.seen.map(({ data }) => data)).toEqual(texts)
    const { messages } = (await client.ask('room:history', { room: ROOM })) as typeof joined
    const joined = await client.join(ROOM)
    expect(messages).toEqual(joined.messages)
    const items = texts.map((input, index) => ({ n: index + 1, name: 'message', input, key: 'k' }))
    const outbox = randomUUID()
    const answers = answersOf(await client.deliver(outbox, items))
    expect(
      answers.map(
        (answer) => answer.ok && (answer.data as typeof answer.data & { data: unknown }).data,
      ),
    ).toEqual(texts)
    expect(answersOf(await client.deliver(outbox, items))).toEqual(answers)
  })
})

describe('an outbox', () => {
  it.each(['\ud800', 'a\0'])('has no key, name or previous key %j', async (text) => {
    await using context = await startServer()
    const client = await roomClient(context)
    const outbox = randomUUID()
    const refused = { code: 'invalid_input' }
    const item = sendItem(1, ROOM, 'a')
    for (const input of [
      { outbox, items: [{ ...item, key: text }] },
      { outbox, items: [item], previous: text },
      { outbox: `${outbox}${text}`, items: [item] },
    ]) {
      await expect(client.ask('outbox:deliver', input)).rejects.toMatchObject(refused)
    }
    expect(await logOf(client)).toEqual([])
    await client.deliver(outbox, [item])
    expect(await logOf(client)).toEqual(['a'])
  })
})

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

describeSqlite('the file of the store', () => {
  it('is for its owner alone, with its log and the folder that was made for it', async () => {
    await using directory = await temporaryDirectory()
    await using context = await startServer({ databaseUrl: directory.databaseUrl })
    await (await roomClient(context)).send(ROOM, 'a')
    const folder = dirname(directory.databasePath)
    const files = await readdir(folder)
    expect(files.sort()).toEqual(['test.db', 'test.db-shm', 'test.db-wal'])
    for (const file of files)
      expect([file, await modeOf(join(folder, file))]).toEqual([file, '600'])
    expect(await modeOf(folder)).toBe('700')
  })

  it('has no path of another kind of address', async () => {
    const opening = (async () => openDatabase('postgres://localhost/base', 100))()
    await expect(opening).rejects.toThrow('no address of an SQLite database')
  })

  it('is tightened where an earlier version has made it, and nothing beside it is', async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl, databasePath } = directory
    await (await openDatabase(databaseUrl, 100)).destroy()
    const folder = dirname(databasePath)
    await chmod(folder, 0o755)
    await chmod(databasePath, 0o644)
    const other = join(folder, 'other')
    await writeFile(other, '')
    await chmod(other, 0o644)
    const database = await openDatabase(databaseUrl, 100)
    expect(await modeOf(databasePath)).toBe('600')
    expect(await modeOf(other)).toBe('644')
    expect(await modeOf(folder)).toBe('755')
    await database.destroy()
  })
})
