import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { CommitNews, NewsReader } from '../src/store/sqlite/commitNews.js'
import { openTestStore } from './support/openTestStore.js'
import { range } from './support/range.js'
import { temporaryDirectory } from './support/server.js'
import { describeSqlite } from './support/sqliteOnly.js'

const ROOM = 'public:lobby'
const everything = { rooms: undefined, sessions: undefined, rights: [], events: [] }

/** Two stores on one file, and a reader of what the other one has changed. */
async function openTwo() {
  const directory = await temporaryDirectory()
  const { databaseUrl } = directory
  const own = await openTestStore({ databaseUrl, node: 'own' })
  const other = await openTestStore({ databaseUrl, node: 'other' })
  const news = new NewsReader(own.database, 'own')
  await send(other, ROOM)
  expect(await news.read()).toEqual(everything) // on its first read it cannot know what it missed
  return {
    own,
    other,
    news,
    async [Symbol.asyncDispose]() {
      await own[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}

type TestStore = Awaited<ReturnType<typeof openTestStore>>

function send({ outboxes }: TestStore, room: string) {
  return outboxes.append({ room, message: { id: 'id', from: 'server', data: 1 } })
}

describeSqlite('the reader of commit news', () => {
  it('names the rooms that were sent to, and those whose members changed', async () => {
    await using context = await openTwo()
    const { other, news } = context
    await send(other, 'public:a')
    await other.presence.place('node', {
      entered: [{ room: 'public:b', member: 'user:sara', data: null, at: 0 }],
      left: [{ room: 'public:c', member: 'user:sara' }],
    })
    expect(await news.read()).toEqual({
      rooms: new Set(['public:a', 'public:b', 'public:c']),
      sessions: new Set(),
      rights: [],
      events: [],
    })
  })

  it('names the sessions that were renewed, signed in or ended', async () => {
    await using context = await openTwo()
    const { other, news } = context
    const { sessions } = other
    const [renewed, signedIn, ended] = await Promise.all(
      ['a', 'b', 'c'].map((hash) => sessions.begin({}, hash)),
    )
    expect(await news.read()).toEqual({
      rooms: new Set(),
      sessions: new Set(),
      rights: [],
      events: [],
    })
    await sessions.renew(renewed?.id ?? '', { newHash: 'd', presentedHash: undefined })
    await sessions.changeUser(signedIn?.id ?? '', { userId: 'sara', tokenHash: 'e' })
    await sessions.end([ended?.id ?? ''])
    const named = new Set([renewed?.id, signedIn?.id, ended?.id])
    const continued = new Set([signedIn?.id])
    expect(await news.read()).toEqual({
      ...{ rooms: new Set(), sessions: named, continued, rights: [], events: [] },
    })
  })

  it('leaves out the commits of its own process', async () => {
    await using context = await openTwo()
    const { own, other, news } = context
    await send(own, 'public:own')
    await send(other, 'public:other')
    expect((await news.read()).rooms).toEqual(new Set(['public:other']))
  })

  it('reports that anything may have changed after a commit without news', async () => {
    await using context = await openTwo()
    const { own, other, news } = context
    await send(own, 'public:own')
    await sql`delete from sessions`.execute(other.database)
    expect(await news.read()).toEqual(everything)
  })

  it('reports that any room may have changed after a commit that changed more than 500', async () => {
    await using context = await openTwo()
    const { other, news } = context
    const left = range(1, 501).map((n) => ({ room: `public:${String(n)}`, member: 'user:a' }))
    await other.presence.place('node', { entered: [], left })
    expect(await news.read()).toEqual({
      rooms: undefined,
      sessions: new Set(),
      rights: [],
      events: [],
    })
  })

  it('says which sessions go on under another id, however many a commit changes', async () => {
    await using context = await openTwo()
    const { other, news } = context
    const commit = new CommitNews()
    for (const n of range(1, 501)) commit.session(String(n))
    commit.continued('7')
    await commit.flush(other.database, 'other')
    expect(await news.read()).toEqual({
      ...{ rooms: new Set(), sessions: undefined, continued: new Set(['7']) },
      ...{ rights: [], events: [] },
    })
  })

  it('tells what was done to rights, in order, however far behind it is', async () => {
    await using context = await openTwo()
    const { own, other, news } = context
    await own.rooms.tellRights({ kind: 'review', userId: 'own' })
    await other.rooms.tellRights({ kind: 'remove', room: ROOM, member: 'user:sara' })
    await other.rooms.tellRights({ kind: 'review', room: ROOM })
    for (let n = 0; n < 1_200; n++) await send(other, ROOM)
    expect(await news.read()).toEqual({
      ...everything,
      rights: [
        { kind: 'remove', room: ROOM, member: 'user:sara' },
        { kind: 'review', room: ROOM },
      ],
    })
    expect((await news.read()).rights).toEqual([])
  })

  it('reports that anything may have changed when the news it missed is no longer kept', async () => {
    await using context = await openTwo()
    const { other, news } = context
    for (let n = 0; n < 1_200; n++) await send(other, ROOM)
    const { count } = await other.database
      .selectFrom('news')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    expect(count).toBeLessThanOrEqual(1_024 + 64)
    expect(await news.read()).toEqual(everything)
    await send(other, 'public:next')
    expect((await news.read()).rooms).toEqual(new Set(['public:next']))
  })
})
