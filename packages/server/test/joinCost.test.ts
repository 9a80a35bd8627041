import { pino } from 'pino'
import { expect, it, vi } from 'vitest'
import { catchUp } from '../src/rooms/catchUp.js'
import { RoomPresences } from '../src/rooms/presence.js'
import { createRoomKeeper } from '../src/rooms/roomKeeper.js'
import { defaultLimits } from '../src/shared/limits.js'
import type { RealtimeServer } from '../src/socketio/connection.js'
import { openTestStore } from './support/openTestStore.js'

const log = pino({ level: 'silent' })
const limits = { ...defaultLimits, presenceIntervalMs: 50 }

/** A Socket.IO server without connections: only what rooms use of it. */
const io = {
  sockets: { adapter: { rooms: new Map() }, sockets: new Map() },
} as unknown as RealtimeServer

/** The parts of a server that record joins. */
async function openRecords() {
  const { presence, rooms: store, now, commits, ...opened } = await openTestStore()
  const keeper = createRoomKeeper({ store, now, limits, log })
  const presences = new RoomPresences({
    io,
    store: presence,
    now,
    isStale: () => false,
    isDraining: () => false,
    onWrite: keeper.flush,
    limits,
    log,
  })
  return {
    store,
    keeper,
    presences,
    /** The names of the writes of each transaction. */
    transactions: () => commits.mock.calls.map(([writes]) => writes.map(({ name }) => name)),
    async [Symbol.asyncDispose]() {
      await presences.close(0)
      await keeper.close()
      await opened[Symbol.asyncDispose]()
    },
  }
}

it('100 joins of new small rooms are recorded in one transaction, with members and rooms', async () => {
  await using records = await openRecords()
  const { keeper, presences, transactions } = records
  presences.enter({ room: 'public:first', member: 'user:first' }) // takes the lease of the node
  await vi.waitFor(() => {
    expect(transactions().flat()).toContain('placeMembers')
  })
  for (let index = 0; index < 100; index++) {
    const room = `public:${String(index >> 2)}`
    presences.enter({ room, member: `user:${String(index)}` })
    keeper.joined(room, 'a session', undefined)
  }
  await vi.waitFor(() => {
    expect(transactions().flat()).toContain('noteUsedRooms')
  })
  const withRooms = transactions().filter((names) => names.includes('noteUsedRooms'))
  expect(withRooms).toEqual([['noteUsedRooms', 'placeMembers']])
})

it('a join reads a new room once, and the log only of a room that has a row', async () => {
  await using records = await openRecords()
  const { store, keeper } = records
  const state = vi.spyOn(store, 'state')
  const read = vi.spyOn(store, 'read')
  const bounds = { limit: 50, maxBytes: limits.maxPageBytes }
  const join = () => catchUp(store, 'public:new', undefined, bounds)

  const { page } = await join()
  expect(page).toMatchObject({ messages: [], more: false, usedAt: undefined })
  expect([state.mock.calls.length, read.mock.calls.length]).toEqual([1, 0])
  keeper.joined('public:new', 'a session', page.usedAt)
  keeper.flush()
  await vi.waitFor(async () => {
    expect((await join()).page.usedAt).toBeGreaterThan(0)
  })
  expect(read).toHaveBeenCalledTimes(1)
  expect((await join()).page.head).toEqual(page.head)
})
