import { coreContract, extendContract, room } from '@yektayar/protocol'
import type { RoomMessage } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { OwnEchoes } from '../src/rooms/ownEchoes.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

const OUTBOX = 'outbox-of-sixteen'

function put(n: number, text: string, room = ROOM): unknown[] {
  return [OUTBOX, n, [[`key-${text}`, room, { text }]]]
}

describe('a message by outbox:put', () => {
  it('is its place for its connection, and an event for all others', async () => {
    await using context = await startServer()
    const sender = await roomClient(context)
    const tab = await roomClient(context, sender.token)
    const other = await roomClient(context)
    for (const client of [sender, tab, other]) await client.join(ROOM)
    const answered = await sender.ask('outbox:put', put(1, 'a'))
    await vi.waitFor(() => {
      expect(other.seen).toHaveLength(1)
      expect(tab.seen).toHaveLength(1)
    })
    const [message] = other.seen
    expect(message).toMatchObject({ seq: 1, id: `${OUTBOX}.1`, data: { text: 'a' } })
    expect(answered).toEqual({
      answers: [[message?.epoch, message?.seq, message?.at, message?.from]],
    })

    await other.send(ROOM, 'b')
    await vi.waitFor(() => {
      expect(sender.seen.map(({ seq }) => seq)).toEqual([2])
    })
  })

  it('is answered in full, and an event, where the connection is not in the room', async () => {
    await using context = await startServer()
    const sender = await roomClient(context)
    expect(await sender.ask('outbox:put', put(1, 'a'))).toMatchObject({
      answers: [{ n: 1, ok: true, data: { room: ROOM, seq: 1, id: `${OUTBOX}.1` } }],
    })
    await sender.join(ROOM)
    await sender.ask('outbox:put', put(2, 'b'))
    await sender.send(ROOM, 'c')
    await vi.waitFor(() => {
      expect(sender.seen.map(({ seq }) => seq)).toEqual([3])
    })
  })

  it('takes effect once, also where it comes again over another connection', async () => {
    await using context = await startServer()
    const first = await roomClient(context)
    await first.join(ROOM)
    await first.ask('outbox:put', put(1, 'a'))
    first.socket.close()
    const second = await roomClient(context, first.token)
    expect(await second.join(ROOM)).toMatchObject({ seq: 1 })
    const full = { n: 1, ok: true, data: { room: ROOM, seq: 1 } }
    expect(await second.ask('outbox:put', put(1, 'a'))).toMatchObject({ answers: [full] })
    const again = { items: [{ n: 1, key: 'key-a', name: 'room:send' }], outbox: OUTBOX }
    const input = { room: ROOM, data: { text: 'a' } }
    const items = again.items.map((item) => ({ ...item, input }))
    expect(await second.ask('outbox:deliver', { ...again, items })).toMatchObject({
      answers: [full],
    })
    const other = put(1, 'b')
    expect(await second.ask('outbox:put', other)).toMatchObject({
      answers: [{ n: 1, ok: false, error: { code: 'outbox_forked' } }],
    })
    expect(second.seen).toEqual([])
  })

  it('is an event for its connection, too, where the contract makes something else of it', async () => {
    const message = z.object({ text: z.string().transform((text) => text.trim()) })
    const contract = extendContract(coreContract, {
      rooms: { 'tidy:{name}': room({ message }) },
    })
    await using context = await startServer({ contract, authorize: () => true })
    const sender = await roomClient(context)
    await sender.join('tidy:a')
    expect(await sender.ask('outbox:put', put(1, ' a ', 'tidy:a'))).toMatchObject({
      answers: [{ n: 1, ok: true, data: { seq: 1 } }],
    })
    await vi.waitFor(() => {
      expect(sender.seen.map(({ data }) => data)).toEqual([{ text: 'a' }])
    })
    expect(await sender.ask('outbox:put', put(2, 'b', 'tidy:a'))).toMatchObject({
      answers: [[expect.any(String), 2, expect.any(String), expect.any(String)]],
    })
  })

  it('has the rights and refusals of outbox:deliver', async () => {
    await using context = await startServer({
      authorize: (_session, _action, { name }) => name !== 'public:ward',
    })
    const sender = await roomClient(context)
    await sender.join(ROOM)
    const messages = [
      ['k1', 'public:ward', 1],
      ['k2', ROOM, 2],
    ]
    expect(await sender.ask('outbox:put', [OUTBOX, 1, messages])).toMatchObject({
      answers: [
        { n: 1, ok: false, error: { code: 'room_forbidden' } },
        [expect.any(String), 1, expect.any(String), expect.any(String)],
      ],
    })
    expect(await sender.ask('outbox:put', [OUTBOX, 9, [['k9', ROOM, 9]]])).toEqual({ expected: 3 })
    const asOther = [OUTBOX, 3, [['k3', ROOM, 3]], 'k2', 'somebody']
    expect(await sender.ask('outbox:put', asOther)).toHaveProperty('retryAfterMs')
    expect(sender.seen).toEqual([])
  })

  it.each<[input: unknown]>([
    [null],
    [{}],
    [[]],
    [['short', 1, [['k', ROOM, 1]]]],
    [[OUTBOX, 0, [['k', ROOM, 1]]]],
    [[OUTBOX, 1, []]],
    [[OUTBOX, 1, Array.from({ length: 33 }, () => ['k', ROOM, 1])]],
    [[OUTBOX, 1, [['k', ROOM]]]],
    [[OUTBOX, 1, [[7, ROOM, 1]]]],
    [[OUTBOX, 1, [['k', ROOM, 1]], 7]],
    [[OUTBOX, 1, [['k', ROOM, 1]], null, 7]],
    [[OUTBOX, 1, [['k', ROOM, 1]], null, null, 1]],
  ])('is refused where it is malformed: %j', async (input) => {
    await using context = await startServer()
    const sender = await roomClient(context)
    await expect(sender.ask('outbox:put', input)).rejects.toMatchObject({ code: 'invalid_input' })
    expect(await sender.join(ROOM)).toMatchObject({ seq: 0 })
  })
})

describe('the echoes at the end of a commit', () => {
  const message = (seq: number, outbox: string, data = seq): RoomMessage => ({
    ...{ room: ROOM, epoch: 'e', seq, id: `${outbox}.${String(seq)}`, from: 'user:a', data },
    at: '2026-11-24T02:39:21.762Z',
  })
  const counted = (echoes: OwnEchoes, messages: RoomMessage[]): [string, number] | undefined => {
    const end = echoes.endOf(messages)
    return end && [end.connectionId, end.echoes.length]
  }

  it('are those of one connection, after which nothing else follows', () => {
    const echoes = new OwnEchoes()
    expect(counted(echoes, [message(1, 'a')])).toBeUndefined()
    const first = echoes.expect('a.1', 'A', 1)
    echoes.expect('a.2', 'A', 2)
    echoes.expect('b.3', 'B', 3)
    expect(counted(echoes, [message(1, 'a'), message(2, 'a')])).toEqual(['A', 2])
    expect(counted(echoes, [message(1, 'a'), message(2, 'x')])).toBeUndefined()
    expect(counted(echoes, [message(1, 'x'), message(2, 'a')])).toEqual(['A', 1])
    expect(counted(echoes, [message(2, 'a'), message(3, 'b')])).toEqual(['B', 1])
    expect(counted(echoes, [message(2, 'a', 9)])).toBeUndefined() // a schema has changed it
    echoes.end('a.1', first)
    expect(counted(echoes, [message(1, 'a')])).toBeUndefined()
  })

  it('are of the connection that has brought a message last', () => {
    const echoes = new OwnEchoes()
    const lost = echoes.expect('a.1', 'lost', 1)
    echoes.expect('a.1', 'next', 1)
    echoes.end('a.1', lost)
    expect(counted(echoes, [message(1, 'a')])).toEqual(['next', 1])
  })
})
