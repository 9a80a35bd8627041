import type { RoomMessage } from '@yektayar/protocol'
import { expect, it, vi } from 'vitest'
import { OutboxEntries } from '../src/outbox/outboxEntries.js'
import { RoomLog } from '../src/rooms/roomLog.js'
import { ROOM_KEPT_MESSAGES } from '../src/shared/limits.js'
import { ROOM } from './support/enterRoom.js'
import { eventually } from './support/eventually.js'
import { numbers } from './support/numbers.js'
import { startServer } from './support/server.js'
import { unlimited } from './support/unlimited.js'

const MESSAGES = 150

it('a message of a room is found among those of a full outbox without a look at all of them', async () => {
  await using context = await startServer(unlimited)
  const client = context.client()
  await client.connect()
  const room = client.room(ROOM)
  await room.join()
  await client.disconnect()
  for (const n of numbers(1, MESSAGES)) await context.server.publish(ROOM, n)
  for (const n of numbers(1, 500)) void client.sendMessage(n)

  const walks = vi.spyOn(OutboxEntries.prototype, 'all')
  try {
    const messages = new Promise<void>((resolve) => {
      room.on('message', ({ seq }) => {
        if (seq === MESSAGES) resolve()
      })
    })
    void client.connect()
    await messages
    // Changes of the room may scan the whole outbox; a scan per message would exceed this bound.
    expect(walks.mock.calls.length).toBeLessThan(MESSAGES / 3)
  } finally {
    walks.mockRestore()
  }
  await eventually(() => {
    expect(client.outbox.getSnapshot().items).toEqual([])
  })
})

it('a message is added to a log without a copy of it, also to a full one', () => {
  const log = new RoomLog()
  log.begin({ epoch: 'epoch', seq: 0 }, [], false)
  const { entries } = log
  for (const seq of numbers(1, ROOM_KEPT_MESSAGES + 1)) {
    const message = {
      ...{ room: ROOM, epoch: 'epoch', seq, id: String(seq), from: 'user:sara' },
      ...{ data: seq, at: new Date().toISOString() },
    } satisfies RoomMessage
    const { id, from, data, at } = message
    const entry = {
      key: id,
      state: 'delivered',
      id,
      seq,
      from,
      isOwn: false,
      data,
      at,
      error: null,
    }
    log.append(message, { ...entry, state: 'delivered' })
  }
  expect(log.entries).toBe(entries)
  expect(log.entries.map(({ seq }) => seq)).toEqual(numbers(2, ROOM_KEPT_MESSAGES + 1))
  expect(log.hasOlder).toBe(true)
})
