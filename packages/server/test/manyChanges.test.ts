import { pino } from 'pino'
import { describe, expect, it, vi } from 'vitest'
import { RoomPresences } from '../src/rooms/presence.js'
import { PresenceNews } from '../src/rooms/presenceNews.js'
import { defaultLimits } from '../src/shared/limits.js'
import type { RealtimeServer } from '../src/socketio/connection.js'
import { openTestStore } from './support/openTestStore.js'
import { startServer, temporaryDirectory } from './support/server.js'

const ROOM = 'public:lobby'
const log = pino({ level: 'silent' })

/** A Socket.IO server without connections: only what rooms use of it. */
const io = {
  sockets: { adapter: { rooms: new Map() }, sockets: new Map() },
} as unknown as RealtimeServer

async function openPresences() {
  const { database, commits, presence: store, now, ...opened } = await openTestStore()
  const presences = new RoomPresences({
    io,
    store,
    now,
    isStale: () => false,
    isDraining: () => false,
    onWrite: () => undefined,
    limits: { ...defaultLimits, presenceIntervalMs: 1 },
    log,
  })
  return {
    presences,
    commits,
    /** The write of presence. */
    place: vi.spyOn(store, 'place'),
    /** The read of those on other nodes. */
    others: vi.spyOn(store, 'others'),
    present: async () => {
      const rows = await database.selectFrom('presence').select('member').execute()
      return rows.map(({ member }) => member).sort()
    },
    async [Symbol.asyncDispose]() {
      await presences.close(0)
      await opened[Symbol.asyncDispose]()
    },
  }
}

/** Runs some work and measures the longest turn of the event loop during it. */
async function longestTurn(work: () => Promise<unknown>) {
  const startedAt = performance.now()
  let last = startedAt
  let longestMs = 0
  let isRunning = true
  const turn = (): void => {
    const now = performance.now()
    longestMs = Math.max(longestMs, now - last)
    last = now
    if (isRunning) setImmediate(turn)
  }
  setImmediate(turn)
  await work()
  isRunning = false
  turn()
  return { longestMs, totalMs: performance.now() - startedAt }
}

describe('many sessions that begin or are renewed at once', () => {
  it('share their transactions', async () => {
    await using store = await openTestStore()
    const { sessions, commits } = store
    const numbers = Array.from({ length: 600 }, (_, index) => String(index))
    const begun = await Promise.all(numbers.map((n) => sessions.begin({}, `first ${n}`)))
    const before = commits.mock.calls.length
    expect(before).toBeLessThan(30)
    const renewed = begun.map(({ id }, index) =>
      sessions.renew(id, {
        newHash: `second ${String(index)}`,
        presentedHash: `first ${String(index)}`,
      }),
    )
    await Promise.all(renewed)
    expect(commits.mock.calls.length - before).toBeLessThan(30)
    expect(await sessions.findByToken('second 599')).toMatchObject({ id: begun[599]?.id })
  })

  it('leave time for others in between', async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    await using context = await startServer({ databaseUrl })
    const { sessions } = context.server
    let tokens: string[] = []
    const acquireAll = async (): Promise<void> => {
      const acquired = await Promise.all(Array.from({ length: 400 }, () => sessions.acquire()))
      tokens = acquired.map(({ token }) => token)
    }
    const renewAll = async (): Promise<void> => {
      await Promise.all(
        tokens.map(async (token) => {
          const session = await sessions.findByToken(token)
          await sessions.renew(session?.id ?? '', token)
        }),
      )
    }
    for (const work of [acquireAll, renewAll]) {
      const { longestMs, totalMs } = await longestTurn(work)
      expect(longestMs).toBeLessThan(totalMs / 2)
    }
  })
})

describe('many members that join or leave a room at once', () => {
  it('are noted in few transactions', async () => {
    await using context = await openPresences()
    const { presences, present, commits } = context
    const members = Array.from({ length: 100 }, (_, index) => `user:${String(index)}`)
    for (const member of members) presences.enter({ room: ROOM, member })
    await vi.waitFor(async () => {
      expect(await present()).toHaveLength(100)
    })
    const entered = commits.mock.calls.length
    expect(entered).toBeLessThan(10)
    for (const member of members) presences.leave({ room: ROOM, member }, false)
    await vi.waitFor(async () => {
      expect(await present()).toEqual([])
    })
    expect(commits.mock.calls.length - entered).toBeLessThan(10)
  })

  it('are read from the store once, and again where another server has written', async () => {
    await using context = await openPresences()
    const { presences, others } = context
    const list = (member: string) => presences.list({ room: ROOM, member })
    for (let index = 0; index < 20; index++) {
      const member = `user:${String(index)}`
      presences.enter({ room: ROOM, member })
      expect((await list(member)).memberCount).toBe(index + 1)
    }
    await presences.beat()
    expect(others).toHaveBeenCalledTimes(1)
    others.mockResolvedValueOnce([{ room: ROOM, member: 'user:other', data: '"x"', at: 1 }])
    await presences.look(new Set([ROOM, 'public:another']))
    expect(others).toHaveBeenCalledTimes(2)
    expect((await list('user:0')).members.at(-1)).toEqual({ id: 'user:other', presence: 'x' })
  })

  it('are read again by the next join where that has failed', async () => {
    await using context = await openPresences()
    const { presences, others } = context
    others.mockRejectedValueOnce(new Error('the store is busy'))
    const own = { room: ROOM, member: 'user:sara' }
    presences.enter(own)
    await expect(presences.list(own)).rejects.toThrow('busy')
    expect((await presences.list(own)).memberCount).toBe(1)
  })

  it('are noted with the next sign of life where the store failed, as they are then', async () => {
    await using context = await openPresences()
    const { presences, present, place } = context
    const gone = { room: ROOM, member: 'user:gone' }
    const back = { room: ROOM, member: 'user:back' }
    const late = { room: ROOM, member: 'user:late' }
    presences.enter(gone)
    presences.enter(back)
    await vi.waitFor(async () => {
      expect(await present()).toEqual(['user:back', 'user:gone'])
    })
    place.mockRejectedValue(new Error('the store is busy'))
    presences.leave(gone, false)
    presences.leave(back, false)
    presences.enter(late)
    const before = place.mock.calls.length
    await vi.waitFor(() => {
      expect(place.mock.calls.length).toBeGreaterThan(before)
    })
    place.mockRestore()
    expect(await present()).toEqual(['user:back', 'user:gone'])
    presences.enter(back)
    await presences.beat()
    expect(await present()).toEqual(['user:back', 'user:late'])
  })

  it('are asked of the store once, however often there is a sign of life meanwhile', async () => {
    await using context = await openPresences()
    const { presences, place } = context
    let goOn = (): void => undefined
    place.mockImplementationOnce(async () => {
      await new Promise<void>((resolve) => {
        goOn = resolve
      })
      return []
    })
    presences.enter({ room: ROOM, member: 'user:sara' })
    await vi.waitFor(() => {
      expect(place).toHaveBeenCalledTimes(1)
    })
    const beats = [presences.beat(), presences.beat()]
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(place).toHaveBeenCalledTimes(1)
    goOn()
    await Promise.all(beats)
  })

  it('are not there where they left before they were noted', async () => {
    await using context = await openPresences()
    const { presences, present, place } = context
    const short = { room: ROOM, member: 'user:short' }
    presences.enter(short)
    presences.leave(short, false)
    await vi.waitFor(() => {
      expect(place).toHaveBeenCalledTimes(1)
    })
    await presences.beat()
    expect(await present()).toEqual([])
  })
})

describe('the news of members', () => {
  /** News whose sending takes a while. */
  function openNews(takesMs: number, onTold: (room: string) => void = () => undefined) {
    const rooms: string[] = []
    let isStale = false
    const news = new PresenceNews({
      intervalMs: 5,
      isStale: () => isStale,
      next: (room) => ({ room, memberCount: 1, membersVersion: 1, present: [], gone: [] }),
      tell: ({ room }) => {
        rooms.push(room)
        const end = performance.now() + takesMs
        while (performance.now() < end);
        onTold(room)
      },
      log,
    })
    return {
      news,
      rooms,
      stand: (value: boolean) => {
        isStale = value
      },
      [Symbol.dispose]: () => {
        news.close()
      },
    }
  }

  it('of many rooms are told over several turns of the event loop', async () => {
    using context = openNews(2)
    const { news, rooms } = context
    for (let room = 0; room < 20; room++) news.changed(`public:${String(room)}`)
    const { longestMs } = await longestTurn(() =>
      vi.waitFor(() => {
        expect(rooms).toHaveLength(20)
      }),
    )
    expect(longestMs).toBeLessThan(35)
  })

  it('of a busy room do not keep those of others waiting', async () => {
    using context = openNews(6, (room) => {
      if (room === 'busy') news.changed('busy')
    })
    const { news, rooms } = context
    news.changed('busy')
    news.changed('quiet')
    await vi.waitFor(() => {
      expect(rooms).toContain('quiet')
    })
    expect(rooms.indexOf('quiet')).toBeLessThan(3)
  })

  it('wait while the process has stood still and not read the store again', async () => {
    using context = openNews(0)
    const { news, rooms, stand } = context
    stand(true)
    news.changed(ROOM)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(rooms).toEqual([])
    stand(false)
    await vi.waitFor(() => {
      expect(rooms).toEqual([ROOM])
    })
  })
})
