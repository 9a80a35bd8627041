import type { RoomMessage, RoomPosition } from '@yektayar/protocol'
import pino from 'pino'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { catchUp } from '../src/rooms/catchUp.js'
import { createRoomKeeper } from '../src/rooms/roomKeeper.js'
import { SurplusNotes } from '../src/rooms/surplusNotes.js'
import { sweepRooms, sweepSurplus } from '../src/rooms/sweepRooms.js'
import { defaultLimits } from '../src/shared/limits.js'
import { range } from './support/range.js'
import { SweepPace } from '../src/store/sweepPace.js'
import { openTestStore } from './support/openTestStore.js'

const RETENTION_MS = 30_000
const ROOMS = ['a', 'b', 'c', 'd'].map((name) => `public:${name}`)
const limits = { ...defaultLimits, roomRetentionMs: RETENTION_MS, roomRetentionMessages: 40 }

/**
 * A reader that behaves like the client: it remembers its position and asks for what came after.
 */
interface Reader {
  readonly room: string
  position: RoomPosition
  /** How many messages the room had when the reader last joined, removed ones included. */
  count: number
  joinedAt: number
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A seeded random number generator. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

async function openLife() {
  const { database, rooms, outboxes, upkeep, now, ...opened } = await openTestStore({
    limits,
    onAppended(messages) {
      for (const message of messages) committed.get(message.room)?.push(message)
      surplus.note(messages)
    },
  })
  const surplus = new SurplusNotes(limits.roomRetentionMessages)
  /** Every message ever committed, by room. */
  const committed = new Map<string, RoomMessage[]>(ROOMS.map((room) => [room, []]))
  return {
    ...opened,
    committed,
    async append(room: string, count: number) {
      const length = committed.get(room)?.length ?? 0
      await Promise.all(
        range(0, count - 1).map((index) => {
          const id = `${room}.${String(length + index)}`
          return outboxes.append({ room, message: { id, from: 'server', data: index } })
        }),
      )
    },
    async join(room: string, after?: RoomPosition) {
      const bounds = { limit: 50, maxBytes: limits.maxPageBytes }
      const { page } = await catchUp(rooms, room, after, bounds)
      const log = pino({ level: 'silent' })
      const keeper = createRoomKeeper({ store: rooms, now, limits, log })
      keeper.joined(room, 'a session', page.usedAt)
      await keeper.close()
      return page
    },
    async sweep() {
      const pace = new SweepPace(1_000)
      await sweepSurplus({ upkeep, surplus, pace, isLeading: true })
      return sweepRooms({ upkeep, pace, now: Date.now() })
    },
    countRooms: async () => (await database.selectFrom('rooms').select('name').execute()).length,
  }
}

it.each([1, 2, 3, 4, 5, 6])(
  'a reader gets everything or a reset, whatever is removed meanwhile (seed %i)',
  async (seed) => {
    await using life = await openLife()
    const random = randomFrom(seed)
    const readers: Reader[] = []
    let resets = 0
    let continued = 0
    let removed = 0

    for (let step = 0; step < 600; step++) {
      vi.setSystemTime(Date.now() + random(step % 50 === 0 ? 2 * RETENTION_MS : 1_500))
      const room = ROOMS[random(ROOMS.length)] ?? ''
      const all = life.committed.get(room) ?? []
      const action = random(10)
      if (action < 3) await life.append(room, 1 + random(random(8) === 0 ? 60 : 4))
      else if (action < 5) {
        const before = await life.countRooms()
        await life.sweep()
        removed += before - (await life.countRooms())
      } else if (action < 7 || readers.length === 0) {
        const { head, messages } = await life.join(room)
        const id = messages.at(-1)?.id
        const { epoch, seq } = head
        const position = { epoch, seq, ...(id !== undefined && random(2) === 0 && { id }) }
        readers.push({ room, position, count: all.length, joinedAt: Date.now() })
      } else {
        const index = random(readers.length)
        const reader = readers[index]
        if (!reader) continue
        readers.splice(index, 1)
        const missed = (life.committed.get(reader.room) ?? []).slice(reader.count)
        const { messages, reset } = await life.join(reader.room, reader.position)
        if (reset) {
          resets++
          const { position, room, joinedAt } = reader
          // A position with an id continues only while its message is stored, which proves that the
          // store was not restored. So the age of that message counts.
          const last = life.committed.get(room)?.findLast(({ id }) => id === position.id)
          const since = Date.parse(last?.at ?? '') || joinedAt
          const isLate = Date.now() - since >= RETENTION_MS * 0.9
          expect(reset.reason).toBe('truncated')
          expect(isLate || missed.length >= limits.roomRetentionMessages - 1).toBe(true)
        } else {
          continued++
          expect(messages.map(({ id }) => id)).toEqual(missed.map(({ id }) => id))
        }
      }
    }
    expect(resets).toBeGreaterThan(3)
    expect(continued).toBeGreaterThan(20)
    expect(removed).toBeGreaterThan(3)
    for (const [, messages] of life.committed) {
      const seqs = messages.map(({ seq }) => seq)
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b))
    }
  },
)
