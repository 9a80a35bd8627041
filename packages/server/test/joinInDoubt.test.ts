import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { createRooms } from '../src/app/composeRooms.js'
import { defaultLimits } from '../src/shared/limits.js'
import type { Connection, RealtimeServer } from '../src/socketio/connection.js'
import { openStores, publish, ROOM } from './support/openStores.js'

/** The rooms of a process that hears of no message by itself, and somebody who has read the first. */
async function openScene() {
  const context = await openStores('SQLite')
  const store = { ...context.store, rooms: { ...context.store.rooms } }
  await publish(store, 'first')
  /** The heads that all members were sent. */
  const toAll: unknown[] = []
  const channel = { emit: (_name: string, { heads }: { heads: unknown[] }) => toAll.push(...heads) }
  const io = {
    local: { to: () => channel },
    sockets: { adapter: { rooms: new Map() }, sockets: new Map() },
  }
  let isStale = false
  const freshened: (() => void)[] = []
  const rooms = createRooms({
    io: io as unknown as RealtimeServer, // it has what the rooms use here
    store,
    catalog: { parsePresence: () => undefined } as never, // of it a join uses this alone
    authorization: { authorize: () => undefined, doubts: () => 0, doubt: () => undefined },
    perSession: { charge: () => undefined } as never, // a join is charged to it
    isStale: () => isStale,
    whenFresh: () => new Promise((resolve) => freshened.push(resolve)),
    draining: { isDraining: false, windowMs: 0 } as never, // nobody leaves here
    limits: defaultLimits,
    log: pino({ level: 'silent' }),
  })
  const join = async (member: string) => {
    const heads: unknown[] = []
    const connection = {
      connected: true,
      data: { sessionId: member, userId: member, isLoggedIn: true },
      conn: { transport: {} },
      once: () => undefined,
      join: () => undefined,
      leave: () => undefined,
      emit: (_name: string, sent: { heads: unknown[] }) => heads.push(...sent.heads),
    } as unknown as Connection // it has what a join uses
    const { seq } = await rooms.actions.join(connection, { room: ROOM })
    return { seq, heads }
  }
  await join('first')
  return {
    ...{ store, rooms, join, toAll },
    /** Calls back once, when a join has read the log. */
    onceRead(work: () => unknown): void {
      const { read } = store.rooms
      store.rooms.read = async (...input) => {
        const page = await read(...input)
        store.rooms.read = read
        await work()
        return page
      }
    },
    standStill() {
      isStale = true
    },
    whenWaiting: () => expect.poll(() => freshened.length).toBe(1),
    goOn() {
      isStale = false
      for (const resolve of freshened) resolve()
    },
    async [Symbol.asyncDispose]() {
      await rooms.close()
      await context[Symbol.asyncDispose]()
    },
  }
}

describe('a join', () => {
  const again = { room: ROOM, epoch: 'unknown', seq: 1 }

  it('is asked for again where the log came in doubt after it was read', async () => {
    await using scene = await openScene()
    const { rooms, join } = scene
    scene.onceRead(() => {
      rooms.doubt(false)
    })
    expect((await join('during')).heads).toEqual([again])
  })

  it('is asked for again also where the log was compared before the answer', async () => {
    await using scene = await openScene()
    const { rooms, join, toAll } = scene
    scene.onceRead(() => {
      rooms.doubt(false)
      return rooms.look()
    })
    expect((await join('during')).heads).toEqual([again])
    expect(toAll).toEqual([])
    expect((await join('after')).heads).toEqual([])
  })

  it('is asked for again where the log came in doubt while the answer waited', async () => {
    await using scene = await openScene()
    const { rooms, join } = scene
    scene.onceRead(() => {
      scene.standStill()
    })
    const joining = join('during')
    await scene.whenWaiting()
    rooms.doubt(false)
    scene.goOn()
    expect((await joining).heads).toEqual([again])
  })

  it('is not asked for again and again while the log is in doubt', async () => {
    await using scene = await openScene()
    scene.rooms.doubt(false)
    expect((await scene.join('during')).heads).toEqual([])
  })

  it('is asked for again where it has read a lost message that nobody else was sent', async () => {
    await using scene = await openScene()
    const { store, rooms, join, toAll } = scene
    const asBefore = await store.rooms.compare([{ room: ROOM, seq: 1 }])
    await publish(store, 'lost')
    expect(await join('late')).toEqual({ seq: 2, heads: [] })
    store.rooms.compare = () => Promise.resolve(asBefore)
    rooms.doubt(false)
    await rooms.look()
    expect(toAll).toEqual([again])
  })
})
