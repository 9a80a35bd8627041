import { describe, expect, it, vi } from 'vitest'
import { range } from './support/range.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

describe('a room', () => {
  it('numbers its messages, and those in it get them in that order', async () => {
    await using context = await startServer()
    const [first, second] = [await roomClient(context), await roomClient(context)]
    expect(await first.join(ROOM)).toMatchObject({ seq: 0, messages: [], more: false })
    await second.join(ROOM)
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? first : second).send(ROOM, index)),
    )
    await vi.waitFor(() => {
      expect(first.seen).toHaveLength(20)
      expect(second.seen).toHaveLength(20)
    })
    expect(first.seen).toEqual(second.seen)
    expect(first.seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    expect(new Set(first.seen.map(({ epoch }) => epoch)).size).toBe(1)
  })

  it('gives what came after a position, page by page, and what is newest without one', async () => {
    await using context = await startServer()
    const client = await roomClient(context)
    for (let index = 1; index <= 660; index++) await context.server.publish(ROOM, index)
    const newest = await client.join(ROOM)
    expect(newest).toMatchObject({ seq: 660, more: true })
    expect(newest.messages.map(({ seq }) => seq)).toEqual(range(611, 660))

    const { epoch } = newest
    const page = await client.join(ROOM, { epoch, seq: 40 })
    const last = page.messages.at(-1)?.seq ?? 0
    expect(last).toBeGreaterThan(400) // by its bytes, or by the number of its messages
    expect(page.messages.map(({ seq }) => seq)).toEqual(range(41, last))
    expect(page.more).toBe(true)
    const rest = await client.ask('room:history', { room: ROOM, epoch, after: last, limit: 500 })
    expect(rest).toMatchObject({ more: false, epoch })
    expect((rest as typeof page).messages.map(({ seq }) => seq)).toEqual(range(last + 1, 660))
    const older = await client.ask('room:history', { room: ROOM, epoch, before: 211, limit: 10 })
    expect((older as typeof page).messages.map(({ seq }) => seq)).toEqual(range(201, 210))
    const oldest = await client.ask('room:history', { room: ROOM, before: 5, limit: 10 })
    expect(oldest).toMatchObject({ more: false, messages: [{ seq: 1 }, {}, {}, { seq: 4 }] })
  })

  it('says so once where a position cannot be continued', async () => {
    await using context = await startServer({
      limits: { roomRetentionMessages: 10, sweepIntervalMs: 20 },
    })
    const client = await roomClient(context)
    for (let index = 1; index <= 30; index++) await context.server.publish(ROOM, index)
    const { epoch, messages } = await client.join(ROOM)
    const last = messages.at(-1)
    await vi.waitFor(async () => {
      const truncated = await client.join(ROOM, { epoch, seq: 5 })
      expect(truncated.reset).toEqual({ reason: 'truncated' })
      expect(truncated.messages.map(({ seq }) => seq)).toEqual(range(21, 30))
    })
    expect((await client.join(ROOM, { epoch, seq: 20 })).reset).toBeUndefined()
    // The message that would prove that the store was not restored is gone.
    const { reset: unsure } = await client.join(ROOM, { epoch, seq: 20, id: 'any' })
    expect(unsure).toEqual({ reason: 'truncated' })
    expect((await client.join(ROOM, { epoch, seq: 30, id: last?.id ?? '' })).reset).toBeUndefined()
    for (const position of [
      { epoch: 'another', seq: 25 },
      { epoch, seq: 31 },
      { epoch, seq: 30, id: 'another' },
    ]) {
      const { reset } = await client.join(ROOM, position)
      expect(reset).toEqual({ reason: 'epoch_changed' })
    }
    const history = await client.ask('room:history', { room: ROOM, epoch, after: 3 })
    expect(history).toMatchObject({ reset: { reason: 'truncated' } })
  })

  it('continues without a reset from a position taken before its first message', async () => {
    await using context = await startServer()
    const client = await roomClient(context)
    const { epoch, seq } = await client.join(ROOM)
    await context.server.publish(ROOM, 'first')
    await context.server.publish(ROOM, 'second')
    const joined = await client.join(ROOM, { epoch, seq })
    expect(joined.reset).toBeUndefined()
    expect(joined.messages.map(({ data }) => data)).toEqual(['first', 'second'])
    await vi.waitFor(() => {
      expect(client.seen.map(({ data }) => data)).toEqual(['first', 'second'])
    })
  })

  it('tells again and again what its newest message is', async () => {
    await using context = await startServer({ limits: { roomHeadIntervalMs: 20 } })
    const client = await roomClient(context)
    await client.join(ROOM)
    const { epoch, seq } = await client.send(ROOM, 'a')
    const heads: unknown[] = []
    client.socket.on('room:head', (payload) => heads.push(payload))
    await vi.waitFor(() => {
      expect(heads).toContainEqual({ heads: [{ room: ROOM, epoch, seq }] })
    })
  })

  it('tells nobody who has left', async () => {
    await using context = await startServer()
    const [client, witness] = [await roomClient(context), await roomClient(context)]
    await client.join(ROOM)
    await witness.join(ROOM)
    await client.ask('room:leave', { room: ROOM })
    await context.server.publish(ROOM, 'a')
    await vi.waitFor(() => {
      expect(witness.seen).toHaveLength(1)
    })
    await client.ask('ping', undefined)
    expect(client.seen).toEqual([])
  })

  it('tells the others who is typing', async () => {
    await using context = await startServer()
    const [first, second] = [await roomClient(context), await roomClient(context)]
    await first.join(ROOM)
    await second.join(ROOM)
    const typing: unknown[] = []
    for (const { socket } of [first, second]) socket.on('room:typing', (it) => typing.push(it))
    await first.ask('room:typing', { room: ROOM, isTyping: true })
    await vi.waitFor(() => {
      expect(typing).toMatchObject([{ room: ROOM, isTyping: true }])
    })
  })
})
