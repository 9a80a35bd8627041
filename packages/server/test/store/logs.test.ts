import { describe, expect, it } from 'vitest'
import {
  begin,
  deliver,
  itemsOf,
  kinds,
  openStores,
  publish,
  ROOM,
  textsOf,
} from '../support/openStores.js'

function textOf(messages: readonly { data: unknown }[]): string {
  return messages.map(({ data }) => (typeof data === 'string' ? data : '?')).join('')
}

const all = { limit: 1_000, maxBytes: 1e9 }

describe.each(kinds)('the logs of rooms in %s', (kind) => {
  it('number messages without gaps, in the order of their calls', async () => {
    await using context = await openStores(kind)
    const { store, appended } = context
    const texts = Array.from({ length: 100 }, (_, index) => String(index))
    const places = await Promise.all(texts.map((data) => publish(store, data)))
    expect(places.map(({ seq }) => seq)).toEqual(texts.map((_, index) => index + 1))
    expect(await textsOf(store)).toEqual(texts)
    expect(appended.map(({ data }) => data)).toEqual(texts)
    expect(await store.rooms.head(ROOM)).toEqual({ room: ROOM, epoch: store.rooms.epoch, seq: 100 })
    expect(await store.rooms.heads([ROOM, 'public:other'])).toMatchObject([{ seq: 100 }])
    expect(await store.rooms.head('public:other')).toMatchObject({ seq: 0 })
  })

  it('keep the text and the order of keys of each message', async () => {
    await using context = await openStores(kind)
    const data = { z: 1, a: ['\u0000', '\ud800', 'متن 😀', null], nested: { y: 0.1, x: -0 } }
    await context.store.outboxes.append({ room: ROOM, message: { id: 'id', from: 'me', data } })
    const { messages } = await context.store.rooms.read(ROOM, all)
    expect(JSON.stringify(messages[0]?.data)).toBe(JSON.stringify(data))
  })

  it('are read in pages, forward and backward, bounded by number and bytes', async () => {
    await using context = await openStores(kind)
    const { store } = context
    for (const data of ['a', 'b', 'c', 'd', 'e']) await publish(store, data)
    const read = async (range: object) => {
      const page = await store.rooms.read(ROOM, { ...all, ...range })
      return [textOf(page.messages), page.more, page.anchor?.data]
    }
    expect(await read({ limit: 2 })).toEqual(['de', true, undefined])
    expect(await read({ before: 4, limit: 2 })).toEqual(['bc', true, undefined])
    expect(await read({ before: 2 })).toEqual(['a', false, undefined])
    expect(await read({ after: 2, isAnchored: true })).toEqual(['cde', false, 'b'])
    expect(await read({ after: 2, before: 4 })).toEqual(['c', false, undefined])
    expect(await read({ after: 1, maxBytes: 1 })).toEqual(['b', true, undefined])
    expect(await read({ after: 9 })).toEqual(['', false, undefined])
  })

  it('are compared with places in them', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const session = await begin(store)
    await deliver(store, session, 'box', itemsOf(1, ['a', '\u0000', 'c']))
    await publish(store, 'd')
    const idsAt = async (...seqs: number[]) =>
      (await store.rooms.compare(seqs.map((seq) => ({ room: ROOM, seq })))).map(
        ({ head, idAtPlace }) => [head.seq, idAtPlace],
      )
    expect(await idsAt(1, 2, 3, 4, 0, 5)).toEqual([
      [4, 'id-a'],
      [4, 'id-\u0000'],
      [4, 'id-c'],
      [4, 'id-d'],
      [4, undefined],
      [4, undefined],
    ])
    const none = { room: 'public:none', seq: 1 }
    expect(await store.rooms.compare([none])).toEqual([
      { head: { room: none.room, epoch: store.rooms.epoch, seq: 0 }, idAtPlace: undefined },
    ])
  })

  it('hold large messages in several rows', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const large = Array.from({ length: 5 }, (_, index) => String(index).repeat(30_000))
    await Promise.all(large.map((data) => publish(store, data)))
    expect(await textsOf(store)).toEqual(large)
    const page = await store.rooms.read(ROOM, { limit: 100, maxBytes: 130_000 })
    expect(page.messages.map(({ seq }) => seq)).toEqual([4, 5])
  })

  it('refuse a name with a NUL, which stops nobody else', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const bad = publish(store, 'bad', 'public:\0')
    const good = publish(store, 'good')
    await expect(bad).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(good).resolves.toMatchObject({ seq: 1 })
  })

  it('take messages of a valid session alone, with the user that it has', async () => {
    await using context = await openStores(kind)
    const { store } = context
    const { id } = await begin(store)
    const append = (session: { id: string; userId: string | null }) =>
      store.outboxes.append({ room: ROOM, message: { id: 'x', from: 'me', data: 1 } }, session)
    await expect(append({ id, userId: null })).resolves.toMatchObject({ seq: 1 })
    await expect(append({ id: 'nobody', userId: null })).rejects.toMatchObject({
      code: 'token_invalid',
    })
    await expect(append({ id, userId: 'sara' })).rejects.toMatchObject({
      code: 'store_unavailable',
    })
    expect(await store.rooms.head(ROOM)).toMatchObject({ seq: 1 })
  })

  it('bound how many rooms and bytes a session stores', async () => {
    const limits = { newRoomsPerSessionPerHour: 1, storedBytesPerSessionPerHour: 1_000 }
    await using context = await openStores(kind, { limits })
    const { store } = context
    const session = await begin(store)
    const append = (room: string, data: string) =>
      store.outboxes.append({ room, message: { id: 'x', from: 'me', data } }, session)
    await append('public:a', 'x')
    await expect(append('public:b', 'x')).rejects.toMatchObject({ code: 'rate_limited' })
    expect((await store.rooms.state('public:b')).usedAt).toBeUndefined()
    await publish(store, 'by the server', 'public:b')
    await expect(append('public:b', 'x')).resolves.toMatchObject({ seq: 2 })
    await expect(append('public:a', 'x'.repeat(2_000))).rejects.toMatchObject({
      code: 'rate_limited',
    })
  })

  it('refuse everything once the store is full', async () => {
    await using context = await openStores(kind, { limits: { maxStoreBytes: 1 } })
    const { store } = context
    await expect(publish(store, 'x')).rejects.toMatchObject({ code: 'store_full' })
    const session = await begin(store)
    await expect(deliver(store, session, 'box', itemsOf(1, ['a']))).rejects.toMatchObject({
      code: 'store_full',
    })
    expect(store.bytes).toBeGreaterThan(1)
  })

  it('record the use of rooms', async () => {
    await using context = await openStores(kind)
    const { store } = context
    await store.rooms.noteUsed([
      { room: ROOM, sessionId: 'a' },
      { room: ROOM, sessionId: 'b' },
    ])
    const first = (await store.rooms.state(ROOM)).usedAt
    expect(first).toBeGreaterThan(0)
    await context.advance(60_000)
    await store.rooms.noteUsed([{ room: ROOM, sessionId: 'a' }])
    expect((await store.rooms.state(ROOM)).usedAt).toBeGreaterThan(first ?? Infinity)
    expect(await store.rooms.heads([ROOM])).toMatchObject([{ seq: 0 }])
  })
})
