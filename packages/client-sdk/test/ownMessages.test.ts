import { describe, expect, it } from 'vitest'
import { cutConnections } from './support/cutConnections.js'
import { enterRoom, ROOM } from './support/enterRoom.js'
import { eventually } from './support/eventually.js'
import { numbers } from './support/numbers.js'
import { rejection, startServer } from './support/server.js'
import { unlimited } from './support/unlimited.js'

describe('own messages', () => {
  it('appear at once and take their place when they are stored, under one key', async () => {
    await using context = await startServer()
    const { room, data } = await enterRoom(context)
    const sent = room.send('mine')
    const [pending] = room.messages
    expect(pending).toMatchObject({
      state: 'sending',
      id: null,
      seq: null,
      from: null,
      data: 'mine',
    })
    await context.server.publish(ROOM, 'theirs')
    const receipt = await sent
    await eventually(() => {
      expect(room.messages.map(({ state }) => state)).toEqual(['delivered', 'delivered'])
      expect(room.position?.seq).toBe(2)
    })
    expect(data().sort()).toEqual(['mine', 'theirs'])
    const own = room.messages.find(({ data }) => data === 'mine')
    expect(own).toMatchObject({ key: pending?.key, id: receipt.id, seq: receipt.seq })
    expect(own?.from).toMatch(/^session:/)
  })

  it('are answered by their command, in the sender’s own room too', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    const { connection } = await client.call('status')
    const isOwn = (name: string): name is `session:${string}` => name.startsWith('session:')
    const own = connection.rooms.find(isOwn) ?? 'session:none'
    await client.room(own).join()
    expect(await client.sendMessage('hi')).toMatchObject({ success: true, data: 'hi' })
    expect(client.room(own).messages).toMatchObject([{ data: 'hi', state: 'delivered' }])
  })

  it('are never shown twice, whether the event or the receipt comes first', async () => {
    await using context = await startServer(unlimited)
    const { client, room } = await enterRoom(context)
    const shown: string[][] = []
    room.subscribe(({ messages }) => shown.push(messages.map(({ data }) => data as string)))
    const sent = numbers(1, 40).map((n) => room.send(String(n)))
    cutConnections(context)
    await Promise.all(sent)
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    await eventually(() => {
      expect(room.position?.seq).toBe(40)
    })
    expect(room.messages.map(({ data }) => data)).toEqual(numbers(1, 40).map(String))
    for (const messages of shown) expect(new Set(messages).size).toBe(messages.length)
  })

  it('are shown as failed, and can be sent again', async () => {
    await using context = await startServer()
    const { client, room } = await enterRoom(context)
    await client.disconnect()
    expect(await rejection(room.send('x', { timeoutMs: 1 }))).toMatchObject({ code: 'timeout' })
    const [failed] = room.messages
    expect(failed).toMatchObject({ state: 'failed', data: 'x', error: { code: 'timeout' } })
    await client.connect()
    await client.outbox.retry(failed?.key ?? '')
    await eventually(() => {
      expect(room.messages).toMatchObject([{ state: 'delivered', data: 'x', seq: 1 }])
    })
  })

  it('can be sent without being in the room', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    expect(await client.room(ROOM).send({ text: 'hi' })).toMatchObject({ room: ROOM, seq: 1 })
    expect(client.room(ROOM).messages).toEqual([])
  })
})
