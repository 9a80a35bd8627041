import type { RoomMessage } from '@yektayar/protocol'
import { expect, it, vi } from 'vitest'
import type { ClientRoom, RoomEntry } from '../src/index.js'
import { OutboxEntries } from '../src/outbox/outboxEntries.js'
import { RoomLog } from '../src/rooms/roomLog.js'
import { ROOM_KEPT_MESSAGES } from '../src/shared/limits.js'
import { ROOM } from './support/enterRoom.js'
import { eventually } from './support/eventually.js'
import { numbers } from './support/numbers.js'
import { startServer } from './support/server.js'
import { unlimited } from './support/unlimited.js'

const MESSAGES = 100
const UNSENT = 120
const epoch = 'epoch'

it('a message of a room does not look at the own unsent ones, however many there are', async () => {
  await using context = await startServer(unlimited)
  const client = context.client()
  await client.connect()
  const room = client.room(ROOM)
  await room.join()
  let read: readonly unknown[] = []
  client.outbox.subscribe(({ items }) => (read = items))
  room.subscribe(({ messages }) => (read = messages))
  const deliver = withheld(client)
  for (const n of numbers(1, UNSENT)) void client.sendMessage(n)
  for (const n of numbers(1, UNSENT)) void room.send(n)
  await eventually(() => {
    expect(read).toHaveLength(UNSENT)
  })

  const walks = vi.spyOn(OutboxEntries.prototype, 'all')
  try {
    for (const n of numbers(1, MESSAGES)) await context.server.publish(ROOM, n)
    await eventually(() => {
      expect(room.position?.seq).toBe(MESSAGES)
      expect(read).toHaveLength(UNSENT + MESSAGES)
    })
    expect(walks).not.toHaveBeenCalled()
  } finally {
    walks.mockRestore()
  }
  deliver()
  await eventually(() => {
    expect(client.outbox.getSnapshot().items).toEqual([])
    expect(room.messages.map(({ state, data }) => [state, data])).toEqual(
      [...numbers(1, MESSAGES), ...numbers(1, UNSENT)]
        .slice(-ROOM_KEPT_MESSAGES)
        .map((n) => ['delivered', n]),
    )
  })
})

it('a message is added to a log without a copy of it, until somebody reads it', () => {
  const copies = vi.spyOn(Array.prototype, 'slice')
  try {
    const copiedBy = (kept: number): number => {
      const log = new RoomLog()
      log.begin({ epoch, seq: 0 }, [], false)
      log.prepend(numbers(1 - kept, 0).map(entryOf), false)
      const reads = new Set([log.read([])])
      copies.mockClear()
      for (const seq of numbers(1, 200)) {
        log.append(messageOf(seq), entryOf(seq))
        reads.add(log.read([]))
      }
      expect(reads.size).toBe(201)
      return copies.mock.calls.length
    }
    expect([copiedBy(100), copiedBy(1_000), copiedBy(9_500)]).toEqual([0, 0, 0])
  } finally {
    copies.mockRestore()
  }
})

it('a log is copied once in as many messages as it keeps', () => {
  const log = new RoomLog()
  log.begin({ epoch, seq: 0 }, [], false)
  const copies = vi.spyOn(Array.prototype, 'slice')
  for (const seq of numbers(1, 10 * ROOM_KEPT_MESSAGES)) log.append(messageOf(seq), entryOf(seq))
  const count = copies.mock.calls.length
  copies.mockRestore()
  expect(count).toBeLessThan(10)
  const last = numbers(9 * ROOM_KEPT_MESSAGES + 1, 10 * ROOM_KEPT_MESSAGES)
  expect(
    log
      .read([])()
      .map(({ seq }) => seq),
  ).toEqual(last)
  expect(log.hasOlder).toBe(true)
})

it('a snapshot keeps the messages of its moment, whenever they are read', async () => {
  await using context = await startServer(unlimited)
  const client = context.client()
  await client.connect()
  const room = client.room(ROOM)
  await room.join()
  const seen: ReturnType<ClientRoom['getSnapshot']>[] = []
  room.subscribe((snapshot) => seen.push(snapshot))
  const count = 2 * ROOM_KEPT_MESSAGES + 100
  for (const n of numbers(1, count)) {
    const sent = context.server.publish(ROOM, n)
    if (n % 10 === 0) await sent
  }
  await eventually(() => {
    expect(room.position?.seq).toBe(count)
  })
  for (const { position, messages } of seen) {
    const last = position?.seq ?? 0
    const first = Math.max(1, last - ROOM_KEPT_MESSAGES + 1)
    expect(messages.map(({ data }) => data)).toEqual(numbers(first, last))
  }
  for (const snapshot of seen) {
    expect(snapshot.messages).toBe(snapshot.messages)
    expect([Object.isFrozen(snapshot), Object.isFrozen(snapshot.messages)]).toEqual([true, true])
    expect({ ...snapshot }.messages).toBe(snapshot.messages)
  }
})

it('the messages stay the same array while something else changes', async () => {
  await using context = await startServer(unlimited)
  const client = context.client()
  await client.connect()
  const room = client.room(ROOM)
  await room.join()
  await context.server.publish(ROOM, 'a')
  await eventually(() => {
    expect(room.messages).toHaveLength(1)
  })
  const { messages } = room
  const other = context.client()
  await other.connect()
  await other.room(ROOM).join()
  await eventually(() => {
    expect(room.memberCount).toBe(2)
  })
  expect(room.messages).toBe(messages)
  expect(client.room('public:unjoined').getSnapshot()).not.toBe(room.getSnapshot())
  const unjoined = client.room('public:unjoined')
  const sent = unjoined.send('waits')
  expect(unjoined.getSnapshot()).toBe(unjoined.getSnapshot())
  await sent
})

/** Holds back what a client's outbox sends, until the function that is returned is called. */
function withheld({ socket }: { socket: { emit: unknown } | null }): () => void {
  const held: unknown[][] = []
  const target = socket as { emit: (...args: unknown[]) => unknown }
  const emit = target.emit.bind(socket)
  target.emit = (...args) => (args[0] === 'outbox:deliver' ? held.push(args) : emit(...args))
  return () => {
    target.emit = emit
    for (const args of held) emit(...args)
  }
}

function messageOf(seq: number): RoomMessage {
  const at = new Date(0).toISOString()
  return { room: ROOM, epoch, seq, id: String(seq), from: 'user:sara', data: seq, at }
}

function entryOf(seq: number): RoomEntry {
  const { id, from, data, at } = messageOf(seq)
  return { key: id, state: 'delivered', id, seq, from, isOwn: false, data, at, error: null }
}
