import type { RoomMessage } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import type { YektaYarSocket } from '../src/index.js'
import { cutConnections } from './support/cutConnections.js'
import { enterRoom, ROOM } from './support/enterRoom.js'
import { eventually } from './support/eventually.js'
import { numbers } from './support/numbers.js'
import { startServer } from './support/server.js'
import { unlimited } from './support/unlimited.js'

describe('a room', () => {
  it('begins with its newest messages and goes on with each next one', async () => {
    await using context = await startServer()
    for (const text of ['a', 'b']) await context.server.publish(ROOM, text)
    const { room, seen, data, continuities } = await enterRoom(context)
    expect(room).toMatchObject({ state: 'joined', isJoined: true, hasOlder: false, error: null })
    expect(data()).toEqual(['a', 'b'])
    await context.server.publish(ROOM, 'c')
    await eventually(() => {
      expect(data()).toEqual(['a', 'b', 'c'])
    })
    expect(seen.map(({ seq }) => seq)).toEqual([3])
    expect(room.position).toMatchObject({ seq: 3, id: seen[0]?.id })
    expect(continuities).toEqual([{ kind: 'continuous' }])
    expect(room.members).toHaveLength(1)
    expect(Object.isFrozen(room.getSnapshot())).toBe(true)
  })

  it('goes on from its position after a loss, and says how much it missed', async () => {
    await using context = await startServer()
    const { client, room, seen, data, continuities, resets } = await enterRoom(context)
    await context.server.publish(ROOM, 'before')
    await eventually(() => {
      expect(data()).toEqual(['before'])
    })
    await client.disconnect()
    expect(room.state).toBe('joining')
    for (let index = 0; index < 450; index++) await context.server.publish(ROOM, index)
    await client.connect()
    await room.join()
    expect(room.continuity).toEqual({ kind: 'replayed', count: 450 })
    expect(seen.map(({ seq }) => seq)).toEqual(numbers(1, 451))
    cutConnections(context)
    await client.whenStatus('reconnecting')
    await room.join()
    expect(continuities).toEqual([
      { kind: 'continuous' },
      { kind: 'replayed', count: 450 },
      { kind: 'continuous' },
    ])
    expect(resets).toEqual([])
  })

  it('joins again when its log may have lost messages, and goes on if it has not', async () => {
    let joins = 0
    let beforeJoin = (): void => undefined
    await using context = await startServer({
      authorize: (_session, action) => {
        if (action === 'join') joins++
        beforeJoin()
        return true
      },
    })
    const ask = (): void => {
      context.server.io.emit('room:head', { heads: [{ room: ROOM, epoch: 'unknown', seq: 0 }] })
    }
    await context.server.publish(ROOM, 'a')
    const { room, data, resets, client } = await enterRoom(context)
    ask()
    await eventually(() => {
      expect(joins).toBe(2)
    })
    await room.join()

    await client.disconnect()
    beforeJoin = () => {
      if (joins > 3) return
      ask() // while the client waits for the answer to this join
      context.server.io.emit('room:head', { heads: [] })
    }
    await client.connect()
    await eventually(() => {
      expect(joins).toBe(4)
    })
    await room.join()
    await context.server.publish(ROOM, 'b')
    await eventually(() => {
      expect(data()).toEqual(['a', 'b'])
    })
    expect(resets).toEqual([])
  })

  it('is joined while much is published, without a gap or a repeat', async () => {
    await using context = await startServer(unlimited)
    const publishing = Promise.all(numbers(1, 400).map((n) => context.server.publish(ROOM, n)))
    const { room, seen } = await enterRoom(context)
    await publishing
    await eventually(() => {
      expect(room.position?.seq).toBe(400)
    })
    const heard = seen.map(({ seq }) => seq)
    expect(heard).toEqual(numbers(401 - heard.length, 400))
    const kept = room.messages.map(({ seq }) => Number(seq))
    expect(kept).toEqual(numbers(kept[0] ?? 0, 400))
  })

  it('fetches what got lost on the way when the next message shows it', async () => {
    await using context = await startServer({ limits: { roomHeadIntervalMs: 60_000 } })
    const { client, room, seen, data } = await enterRoom(context)
    const listeners = swallow(client, 'room:message', ({ seq }) => seq === 2)
    for (const text of ['a', 'b', 'c']) await context.server.publish(ROOM, text)
    await eventually(() => {
      expect(data()).toEqual(['a', 'b', 'c'])
    })
    expect(seen.map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect(listeners.swallowed()).toBe(1)
    expect(room.continuity).toEqual({ kind: 'continuous' })
  })

  it('fetches what got lost on the way when the room’s head shows it', async () => {
    await using context = await startServer({ limits: { roomHeadIntervalMs: 50 } })
    const { client, data } = await enterRoom(context)
    const listeners = swallow(client, 'room:message', () => true)
    await context.server.publish(ROOM, 'the last one')
    await eventually(() => {
      expect(data()).toEqual(['the last one'])
    })
    expect(listeners.swallowed()).toBeGreaterThan(0)
  })

  it('is joined again when its head is of another epoch, however far that goes', async () => {
    await using context = await startServer({ limits: { roomHeadIntervalMs: 60_000 } })
    const { client, room, data, continuities, resets } = await enterRoom(context)
    await context.server.publish(ROOM, 'a')
    await eventually(() => {
      expect(data()).toEqual(['a'])
    })
    const asked: string[] = []
    client.socket?.onAnyOutgoing((name: string) => asked.push(name))
    const tellHead = (epoch: string, seq: number): void => {
      context.server.io.emit('room:head', { heads: [{ room: ROOM, epoch, seq }] })
    }
    tellHead(room.position?.epoch ?? '', 1) // the client's own position, so nothing is missing
    tellHead('another', 0)
    await eventually(() => {
      expect(continuities).toHaveLength(2)
    })
    expect(asked).toEqual(['room:join'])
    expect(resets).toEqual([]) // the server confirms that the log is the same
    await context.server.publish(ROOM, 'b')
    await eventually(() => {
      expect(data()).toEqual(['a', 'b'])
    })
  })

  it('says once that there is a hole when its absence was too long', async () => {
    await using context = await startServer({
      limits: { roomRetentionMessages: 10, sweepIntervalMs: 20 },
    })
    await context.server.publish(ROOM, 'old')
    const { client, room, resets, data } = await enterRoom(context)
    await client.disconnect()
    for (let index = 1; index <= 30; index++) await context.server.publish(ROOM, index)
    const reader = context.client()
    await reader.connect()
    await eventually(async () => {
      const { messages } = await reader.room(ROOM).history({ limit: 200 })
      expect(messages).toHaveLength(10)
    })
    await client.connect()
    await room.join()
    expect(resets).toEqual([{ reason: 'truncated' }])
    expect(room.continuity).toEqual({ kind: 'reset', reason: 'truncated' })
    expect(data()).toEqual(numbers(21, 30))
  })

  it('loads older pages before what it has', async () => {
    await using context = await startServer(unlimited)
    await Promise.all(numbers(1, 130).map((n) => context.server.publish(ROOM, n)))
    const { room } = await enterRoom(context)
    expect(room.messages).toHaveLength(50)
    expect(room.hasOlder).toBe(true)
    expect(await room.loadOlder()).toBe(true)
    expect(await room.loadOlder()).toBe(false)
    expect(room.messages.map(({ seq }) => seq)).toEqual(numbers(1, 130))
    expect(await room.loadOlder()).toBe(false)
    const page = await room.history({ before: 11, limit: 5 })
    expect(page.messages.map(({ seq }) => seq)).toEqual(numbers(6, 10))
  })

  it('keeps its newest 500 messages', async () => {
    await using context = await startServer(unlimited)
    const { room } = await enterRoom(context)
    await Promise.all(numbers(1, 620).map((n) => context.server.publish(ROOM, n)))
    await eventually(() => {
      expect(room.position?.seq).toBe(620)
    })
    expect(room.messages.map(({ seq }) => seq)).toEqual(numbers(121, 620))
    expect(room.hasOlder).toBe(true)
    await room.loadOlder({ limit: 200 })
    expect(room.messages.map(({ seq }) => seq)).toEqual(numbers(1, 620))
  })
})

/** Drops matching events between the socket and the client. */
function swallow(client: YektaYarSocket, name: string, isLost: (message: RoomMessage) => boolean) {
  let count = 0
  const { socket } = client
  const [deliver] = socket?.listenersAny() ?? []
  socket?.offAny()
  socket?.onAny((event: string, payload: unknown) => {
    if (event === name && isLost(payload as RoomMessage)) count++
    else (deliver as (event: string, payload: unknown) => void)(event, payload)
  })
  return { swallowed: () => count }
}
