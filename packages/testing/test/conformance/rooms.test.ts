import type { ClientRoom } from '@yektayar/client'
import type { Json, RoomMessage } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import { enterRoom, ROOM } from '../support/enterRoom.js'
import { eventually, rejection } from '../support/stage.js'
import type { Stage } from '../support/stage.js'
import { stages } from '../support/stages.js'

function dataOf(room: ClientRoom): Json[] {
  return room.messages.map(({ data }) => data)
}

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

describe.each(stages)('a room of $name', ({ start }) => {
  it('begins with its newest messages and goes on with each next one', async () => {
    await using stage = await start()
    for (const text of ['a', 'b']) await stage.publish(ROOM, text)
    const { room, seen } = await enterRoom(stage)
    expect(room).toMatchObject({ state: 'joined', isJoined: true, hasOlder: false, error: null })
    expect(dataOf(room)).toEqual(['a', 'b'])
    expect(room.continuity).toEqual({ kind: 'continuous' })
    const third = await stage.publish(ROOM, { text: 'c' })
    await eventually(() => {
      expect(seen).toEqual([third])
    })
    expect(third).toMatchObject({ room: ROOM, seq: 3, from: 'server', data: { text: 'c' } })
    expect(room.messages[2]).toMatchObject({ state: 'delivered', seq: 3, id: third.id })
    expect(room.position).toEqual({ epoch: third.epoch, seq: 3, id: third.id })
  })

  it('loads what is older, page by page', async () => {
    await using stage = await start()
    for (const n of numbers(1, 70)) await stage.publish(ROOM, n)
    const { room } = await enterRoom(stage)
    expect(dataOf(room)).toEqual(numbers(21, 70))
    expect(room.hasOlder).toBe(true)
    expect(await room.loadOlder({ limit: 15 })).toBe(true)
    expect(await room.loadOlder()).toBe(false)
    expect(dataOf(room)).toEqual(numbers(1, 70))
    const { messages, more } = await room.history({ before: 11, limit: 5 })
    expect(messages.map(({ seq }) => seq)).toEqual(numbers(6, 10))
    expect(more).toBe(true)
  })

  it('shows an own message at once, and under the same key when it is stored', async () => {
    await using stage = await start()
    const { room } = await enterRoom(stage)
    const sending = room.send({ text: 'mine' })
    const [pending] = room.messages
    expect(pending).toMatchObject({ state: 'sending', id: null, seq: null, from: null })
    const receipt = await sending
    expect(receipt).toMatchObject({ room: ROOM, seq: 1 })
    await eventually(() => {
      expect(room.messages).toMatchObject([
        { key: pending?.key, state: 'delivered', id: receipt.id, seq: 1, at: receipt.at },
      ])
      expect(room.messages[0]?.from).toBe(room.self)
      expect(room.members).toEqual([{ id: room.self, isSelf: true, presence: undefined }])
    })
    expect(room.messages[0]?.from).toMatch(/^session:/)
  })

  it('shows what could not be sent as failed, until it is sent again', async () => {
    await using stage = await start()
    const { client, room } = await enterRoom(stage)
    await stage.drop()
    expect(await rejection(room.send('x', { timeoutMs: 10 }))).toMatchObject({ code: 'timeout' })
    const [failed] = room.messages
    expect(failed).toMatchObject({ state: 'failed', data: 'x', error: { code: 'timeout' } })
    stage.restore()
    await client.outbox.retry(failed?.key ?? '')
    await eventually(() => {
      expect(room.messages).toMatchObject([{ state: 'delivered', data: 'x', seq: 1 }])
    })
  })

  it('can be sent to without being joined', async () => {
    await using stage = await start()
    await stage.client.connect()
    expect(await stage.client.room(ROOM).send('hi')).toMatchObject({ room: ROOM, seq: 1 })
    expect(stage.client.room(ROOM).messages).toEqual([])
  })

  it('is filled up after a loss, and says by how much', async () => {
    await using stage = await start()
    const { client, room, seen, resets } = await enterRoom(stage)
    await stage.publish(ROOM, 1)
    await eventually(() => {
      expect(dataOf(room)).toEqual([1])
    })
    await stage.drop()
    expect(room.state).toBe('joining')
    for (const n of numbers(2, 4)) await stage.publish(ROOM, n)
    stage.restore()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    await room.join()
    expect(room.continuity).toEqual({ kind: 'replayed', count: 3 })
    expect(seen.map(({ data }) => data)).toEqual(numbers(1, 4))
    expect(dataOf(room)).toEqual(numbers(1, 4))
    expect(resets).toEqual([])
  })

  it('says once that there is a hole where too much was missed', async () => {
    await using stage = await start()
    const { client, room, resets } = await enterRoom(stage)
    await stage.publish(ROOM, 1)
    await eventually(() => {
      expect(dataOf(room)).toEqual([1])
    })
    await stage.drop()
    for (const n of numbers(2, 9)) await stage.publish(ROOM, n)
    await stage.truncate(ROOM, 3)
    stage.restore()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    await room.join()
    expect(resets).toEqual([{ reason: 'truncated' }])
    expect(room.continuity).toEqual({ kind: 'reset', reason: 'truncated' })
    expect(dataOf(room)).toEqual([7, 8, 9])
  })

  it('begins anew where the server has another store', async () => {
    await using stage = await start()
    const { client, room, resets } = await enterRoom(stage)
    await stage.publish(ROOM, 'old')
    await eventually(() => {
      expect(dataOf(room)).toEqual(['old'])
    })
    await stage.drop()
    await stage.replaceStore()
    await stage.publish(ROOM, 'new')
    stage.restore()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    await eventually(() => {
      expect(dataOf(room)).toEqual(['new'])
    })
    expect(resets).toEqual([{ reason: 'epoch_changed' }])
    expect(room.position?.seq).toBe(1)
  })

  it('is left at the end of the session, and joined with the next one', async () => {
    await using stage = await start()
    const { client, room } = await enterRoom(stage)
    expect(room.self).toBe(`session:${String(client.session.id)}`)
    await client.session.end()
    expect(room).toMatchObject({ state: 'left', members: [], memberCount: 0, self: null })
    expect(room.error).toMatchObject({ code: 'session_ended' })
    await client.connect()
    await eventually(() => {
      expect(room).toMatchObject({ state: 'joined', memberCount: 1 })
    })
  })

  it('cannot be joined, read or sent to by who may not', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const room = client.room('secret')
    expect(await rejection(room.join())).toMatchObject({
      code: 'room_forbidden',
      message: 'room:join: This session may not join here',
    })
    expect(room).toMatchObject({ state: 'left', error: { code: 'room_forbidden' } })
    expect(await rejection(room.history())).toMatchObject({ code: 'room_forbidden' })
    expect(await rejection(room.send('x'))).toMatchObject({ code: 'room_forbidden' })
  })

  it('is one of the contract, which says what is sent to it', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const room = client.room('public:notes:{topic}', { topic: 'mood' })
    await room.join()
    await room.send({ text: 'calm' })
    await eventually(() => {
      expect(room.messages[0]?.data.text).toBe('calm')
    })
    const wrong = { text: '', more: 1 }
    const refusal = { code: 'invalid_input', data: { issues: [{ path: 'text' }] } }
    expect(await rejection(room.send(wrong))).toMatchObject(refusal)
    await expect(stage.publish(room.name, wrong)).rejects.toMatchObject(refusal)
    const unknown = {
      code: 'unknown_room',
      hint: expect.stringContaining('public:notes:{topic}') as string,
      retryable: false,
    }
    expect(() => client.room('suport:42' as 'secret')).toThrow(expect.objectContaining(unknown))
    expect(() => client.room('user:{userId}', { userId: '' })).toThrow(
      expect.objectContaining(unknown),
    )
    const topic = { topic: 'notes:7' } // which would be another pattern
    expect(() => client.room('public:{topic}', topic)).toThrow(expect.objectContaining(unknown))
    const joining = client.call('room:join', { room: 'suport:42' })
    expect(await rejection(joining)).toMatchObject(unknown)
    await expect(stage.publish('suport:42', 1)).rejects.toMatchObject(unknown)
    expect(room.messages).toHaveLength(2) // one failed
  })

  it.each(['', 'x'.repeat(129), 'nul\0', 5, null])('is not published to as %j', async (name) => {
    await using stage = await start()
    const refusal = { code: 'invalid_input', message: 'This is not the name of a room' }
    await expect(stage.publish(name as string, 1)).rejects.toMatchObject(refusal)
    await expect(stage.publish(name as string, (() => 1) as unknown as Json)).rejects.toMatchObject(
      {
        ...{ code: 'invalid_input', data: { issues: [{ path: '' }] } },
      },
    )
  })

  it('lets in by true alone', async () => {
    await using stage = await start()
    await stage.client.connect()
    const room = stage.client.room('perhaps')
    expect(await rejection(room.join())).toMatchObject({ code: 'room_forbidden' })
    expect(await rejection(room.send('x'))).toMatchObject({ code: 'room_forbidden' })
  })

  it('shows a message as failed that may not be sent', async () => {
    await using stage = await start()
    const { room } = await enterRoom(stage, 'read only')
    expect(await rejection(room.send('x'))).toMatchObject({
      code: 'room_forbidden',
      mayHaveRun: false,
    })
    expect(room.messages).toMatchObject([{ state: 'failed', data: 'x' }])
  })

  it('is left by its last handle, and forgets what it showed', async () => {
    await using stage = await start()
    const { client, room, seen } = await enterRoom(stage)
    await stage.publish(ROOM, 'a')
    await eventually(() => {
      expect(dataOf(room)).toEqual(['a'])
    })
    const other = client.room(ROOM)
    await other.join()
    expect(other.getSnapshot()).toBe(room.getSnapshot())
    await other.leave()
    expect(room.isJoined).toBe(true)
    await room.leave()
    expect(room).toMatchObject({ state: 'left', messages: [], members: [], memberCount: 0 })
    await stage.publish(ROOM, 'unheard')
    await client.ping()
    expect(seen.map(({ data }) => data)).toEqual(['a'])
    await room.join()
    expect(dataOf(room)).toEqual(['a', 'unheard'])
  })

  it('is joined by the next connection when there was none', async () => {
    await using stage = await start()
    const room = stage.client.room(ROOM)
    expect(await rejection(room.join())).toMatchObject({ code: 'not_connected' })
    await stage.client.connect()
    await eventually(() => {
      expect(room.isJoined).toBe(true)
    })
  })

  it('puts out who has no right to be there any more', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    await client.session.signIn({ username: 'sara', password: 'right' })
    const room = client.room('user:user-sara')
    await room.join()
    await room.send('private')
    await client.session.signOut()
    await eventually(() => {
      expect(room).toMatchObject({ state: 'left', error: { code: 'room_forbidden' } })
    })
    expect(room.messages).toEqual([])
  })

  it('knows what is one’s own before and after a sign-in, and nothing of it after a sign-out', async () => {
    await using stage = await start()
    const { client, room } = await enterRoom(stage)
    const own = () => room.messages.map(({ isOwn }) => isOwn)
    await room.send('as nobody')
    await stage.publish(ROOM, 'from the server')
    await client.session.signIn({ username: 'sara', password: 'right' })
    await room.send('as Sara')
    await eventually(() => {
      expect(own()).toEqual([true, false, true])
    })
    await client.session.signOut()
    await eventually(() => {
      expect(own()).toEqual([false, false, false])
    })
  })

  it('of a session is gone with its user', async () => {
    await using stage = await start({})
    const { client } = stage
    await client.connect()
    await client.session.signIn({ username: 'sara', password: 'right' })
    const { rooms } = (await client.getStatus()).connection
    const isOwn = (each: string): each is `session:${string}` => each.startsWith('session:')
    const name = rooms.find(isOwn) ?? 'session:none'
    await client.sendMessage('private')
    await client.session.signOut()
    expect(await rejection(client.room(name).history())).toMatchObject({ code: 'room_forbidden' })
    expect(await stage.publish(name, 'anew')).toMatchObject({ seq: 1 })
  })

  describe('by its position', () => {
    async function filled(stage: Stage, count: number, kept: number): Promise<RoomMessage[]> {
      const messages: RoomMessage[] = []
      for (const n of numbers(1, count)) messages.push(await stage.publish(ROOM, n))
      await stage.truncate(ROOM, kept)
      await stage.client.connect()
      return messages
    }

    it.each([
      ['a message that is kept', 6, true, undefined, numbers(7, 10)],
      ['the last one', 10, true, undefined, []],
      [
        'one that is not kept, so that nothing shows a restored store',
        5,
        true,
        'truncated',
        numbers(6, 10),
      ],
      ['the number before the first one, without an id', 5, false, undefined, numbers(6, 10)],
      ['one before a gap', 4, false, 'truncated', numbers(6, 10)],
      ['one beyond the end', 11, false, 'epoch_changed', numbers(6, 10)],
    ])('is continued or not after %s', async (_what, seq, hasId, reason, expected) => {
      await using stage = await start()
      const messages = await filled(stage, 10, 5)
      const { epoch = '', id } = messages[seq - 1] ?? messages[0] ?? {}
      const after = { epoch, seq, ...(hasId && { id }) }
      const joined = await stage.client.call('room:join', { room: ROOM, after })
      expect(joined.reset).toEqual(reason && { reason })
      expect(joined.messages.map((message) => message.seq)).toEqual(expected)
      expect(joined).toMatchObject({ seq: 10, more: false })
    })

    it('is another log where the message there is another one', async () => {
      await using stage = await start()
      const [first] = await filled(stage, 3, 3)
      const after = { epoch: first?.epoch ?? '', seq: 2, id: 'another' }
      const joined = await stage.client.call('room:join', { room: ROOM, after })
      expect(joined.reset).toEqual({ reason: 'epoch_changed' })
    })

    it.each([
      ['after a number before a gap', { after: 3 }, 'truncated', numbers(6, 10)],
      ['after the last number that is gone', { after: 5, limit: 2 }, undefined, [6, 7]],
      ['after one beyond the end', { after: 12 }, 'epoch_changed', []],
      ['before a number that is gone', { before: 6 }, undefined, []],
      ['before a number', { before: 9, limit: 2 }, undefined, [7, 8]],
      ['of another epoch', { after: 3, epoch: 'x', limit: 1 }, 'epoch_changed', [10]],
    ])('has a page %s', async (_what, range, reason, expected) => {
      await using stage = await start()
      await filled(stage, 10, 5)
      const page = await stage.client.call('room:history', { room: ROOM, ...range })
      expect(page.reset).toEqual(reason && { reason })
      expect(page.messages.map(({ seq }) => seq)).toEqual(expected)
    })
  })

  it('has pages of so many bytes', async () => {
    await using stage = await start()
    await stage.client.connect()
    const data = 'é'.repeat(5_000)
    for (const n of numbers(1, 15)) await stage.publish(ROOM, { n, data })
    const joined = await stage.client.call('room:join', { room: ROOM })
    const { messages, more } = await stage.client.call('room:history', { room: ROOM, after: 0 })
    expect(joined.messages.map(({ seq }) => seq)).toEqual(numbers(7, 15))
    expect(messages.map(({ seq }) => seq)).toEqual(numbers(1, 12))
    expect(more).toBe(true)
  })

  it('counts no own message as missed that was sent while the client was away', async () => {
    await using stage = await start()
    const { client, room, seen } = await enterRoom(stage)
    await stage.publish(ROOM, 1)
    await eventually(() => {
      expect(dataOf(room)).toEqual([1])
    })
    await stage.drop()
    const sending = [room.send('a'), room.send('b')]
    stage.restore()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    await Promise.all(sending)
    await eventually(() => {
      expect(dataOf(room)).toEqual([1, 'a', 'b'])
      expect(room.messages.map(({ state }) => state)).toEqual(Array(3).fill('delivered'))
      expect(seen).toHaveLength(3)
    })
    expect(room.continuity).toEqual({ kind: 'continuous' })
  })

  it.each([
    ['no name', '', 'x', 'This is not the name of a room'],
    ['a name that is too long', 'r'.repeat(129), 'x', 'This is not the name of a room'],
    ['a name that no store keeps', 'a\0', 'x', 'This is not the name of a room'],
    ['no JSON', ROOM, (() => 1) as unknown as Json, 'the data is a function: send plain JSON'],
    [
      'data that nests too deep',
      ROOM,
      JSON.parse('['.repeat(40) + ']'.repeat(40)) as Json,
      'the data nests more than 32 deep',
    ],
  ])('is not published to with %s', async (_what, name, data, message) => {
    await using stage = await start()
    const publishing = stage.publish(name, data).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(await publishing).toMatchObject({ code: 'invalid_input', message })
  })
})
