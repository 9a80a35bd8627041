import { describe, expect, it } from 'vitest'
import {
  begin,
  deliver,
  itemsOf,
  kinds,
  openStores,
  publish,
  textsOf,
} from '../support/openStores.js'

const DAY_MS = 24 * 60 * 60_000

describe.each(kinds)('sessions in %s', (kind) => {
  it('are found by their token and by their id', async () => {
    await using context = await openStores(kind)
    const { sessions } = context.store
    const session = await sessions.begin({ device: 'phone' }, 'a hash')
    expect(session).toMatchObject({ userId: null, metadata: { device: 'phone' } })
    expect(await sessions.findByToken('a hash')).toEqual(session)
    expect(await sessions.findByToken('another hash')).toBeUndefined()
    expect(await sessions.find(session.id)).toEqual(session)
    expect(await sessions.findCommitted(session.id)).toEqual(session)
    expect(await sessions.findAll([session.id, 'nobody'])).toEqual([session])
  })

  it('end with their time, and when they are idle', async () => {
    await using context = await openStores(kind, { sessionIdleDays: 7 })
    const { sessions } = context.store
    const session = await sessions.begin({}, 'hash')
    await context.advance(8 * DAY_MS)
    expect(await sessions.find(session.id)).toBeUndefined()
    expect(await sessions.findByToken('hash')).toBeUndefined()
    await sessions.touch([session.id], session.createdAt + 5 * DAY_MS)
    expect(await sessions.find(session.id)).toBeDefined()
    await sessions.touch([session.id], session.createdAt) // late
    expect(await sessions.find(session.id)).toBeDefined()
    await context.advance(31 * DAY_MS)
    expect(await sessions.find(session.id)).toBeUndefined()
  })

  it('keep the presented token for a while when they are renewed', async () => {
    await using context = await openStores(kind, { limits: { renewedTokenGraceMs: 60_000 } })
    const { sessions } = context.store
    const { id } = await sessions.begin({}, 'old')
    await sessions.renew(id, { newHash: 'new', presentedHash: 'old' })
    expect(await sessions.findByToken('old')).toMatchObject({ id })
    expect(await sessions.findByToken('new')).toMatchObject({ id })
    await context.advance(61_000)
    expect(await sessions.findByToken('old')).toBeUndefined()
    expect(await sessions.findByToken('new')).toMatchObject({ id })
  })

  it('have a limited number of tokens', async () => {
    await using context = await openStores(kind, { limits: { maxTokensPerSession: 2 } })
    const { sessions } = context.store
    const { id } = await sessions.begin({}, 'first')
    await context.advance(1_000)
    await sessions.renew(id, { newHash: 'second', presentedHash: undefined })
    await context.advance(2_000)
    await sessions.renew(id, { newHash: 'third', presentedHash: undefined })
    expect(await sessions.findByToken('first')).toBeUndefined()
    expect(await sessions.findByToken('second')).toMatchObject({ id })
    expect(await sessions.findByToken('third')).toMatchObject({ id })
  })

  it('are not renewed after their end', async () => {
    await using context = await openStores(kind)
    const { sessions } = context.store
    const { id } = await begin(context.store)
    expect(await sessions.end([id, 'nobody'])).toBe(1)
    const renewal = sessions.renew(id, { newHash: 'new', presentedHash: undefined })
    await expect(renewal).rejects.toMatchObject({ code: 'token_invalid' })
    expect(await sessions.findByToken('new')).toBeUndefined()
  })

  it('get another id and keep their outboxes when a user signs in', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const before = await store.sessions.begin({}, 'anonymous')
    await deliver(store, before, 'box', itemsOf(1, ['a']))
    const after = await store.sessions.changeUser(before.id, { userId: 'sara', tokenHash: 'sara' })
    expect(after).toMatchObject({ userId: 'sara' })
    expect(after.id).not.toBe(before.id)
    expect(await store.sessions.findByToken('anonymous')).toBeUndefined()
    expect(await store.sessions.findByToken('sara')).toMatchObject({ id: after.id })
    expect(await store.sessions.idsOfUser('sara')).toEqual([after.id])
    const repeated = await deliver(store, after, 'box', itemsOf(1, ['a', 'b']))
    expect(repeated).toMatchObject({ items: [{ kind: 'kept' }, { kind: 'appended', seq: 2 }] })
  })

  it('leave a user’s outboxes and own room behind when the user signs out', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const { id } = await begin(store)
    const sara = await store.sessions.changeUser(id, { userId: 'sara', tokenHash: 'sara' })
    await publish(store, 'private', `session:${sara.id}`)
    await deliver(store, sara, 'box', itemsOf(1, ['a']))
    const nobody = await store.sessions.changeUser(sara.id, { userId: null, tokenHash: 'nobody' })
    expect(nobody.userId).toBeNull()
    expect(await textsOf(store, `session:${sara.id}`)).toEqual([])
    const stolen = deliver(store, nobody, 'box', itemsOf(2, ['b']))
    await expect(stolen).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('of a user are listed, the most recently used first', async () => {
    await using context = await openStores(kind, { limits: { maxListedSessions: 2 } })
    const { sessions } = context.store
    const ids: string[] = []
    for (const name of ['a', 'b', 'c']) {
      const { id } = await begin(context.store)
      ids.push((await sessions.changeUser(id, { userId: 'sara', tokenHash: name })).id)
    }
    const [a = '', b = '', c = ''] = ids
    await sessions.touch([a], context.store.now() + 60_000)
    await sessions.touch([c], context.store.now() + 30_000)
    expect((await sessions.ofUser('sara')).map(({ id }) => id)).toEqual([a, c])
    expect((await sessions.idsOfUser('sara')).sort()).toEqual([a, b, c].sort())
  })

  it('are not found by what is no text', async () => {
    await using context = await openStores(kind)
    const { sessions } = context.store
    for (const id of [5, ['a', ['b']], {}] as unknown as string[]) {
      const end = sessions.end([id])
      await expect(end.catch((error: unknown) => error)).resolves.not.toMatchObject({
        code: 'store_unavailable',
      })
    }
  })
})
