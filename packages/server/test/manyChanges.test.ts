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

/** A fake Socket.IO server without connections that reports every emit to a room. */
function quietServer(onEmit: (change: unknown) => void = () => undefined): RealtimeServer {
  const channel = {
    to: () => channel,
    except: () => channel,
    emit: (_event: string, change: unknown) => {
      onEmit(change)
    },
  }
  const sockets = { adapter: { rooms: new Map() }, sockets: new Map() }
  return { local: channel, sockets } as unknown as RealtimeServer // only what rooms use of it
}

async function openPresences() {
  const { database, commits, presence: store, ...opened } = await openTestStore()
  const presences = new RoomPresences({ io: quietServer(), store, limits: defaultLimits, log })
  return {
    presences,
    commits,
    /** The two writes of presence: a member has joined, and a member has left. */
    enter: vi.spyOn(store, 'enter'),
    leave: vi.spyOn(store, 'leave'),
    present: async () => {
      const rows = await database.selectFrom('presence').select('member').execute()
      return rows.map(({ member }) => member).sort()
    },
    async [Symbol.asyncDispose]() {
      presences.close()
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
    await Promise.all(members.map((member) => presences.enter({ room: ROOM, member })))
    expect(await present()).toHaveLength(100)
    const entered = commits.mock.calls.length
    expect(entered).toBeGreaterThan(0)
    expect(entered).toBeLessThan(10)
    for (const member of members) presences.leave({ room: ROOM, member }, false)
    await vi.waitFor(async () => {
      expect(await present()).toEqual([])
    })
    expect(commits.mock.calls.length - entered).toBeLessThan(10)
  })

  it('are noted as gone with the next sign of life where the store failed', async () => {
    await using context = await openPresences()
    const { presences, present, leave } = context
    const gone = { room: ROOM, member: 'user:gone' }
    const back = { room: ROOM, member: 'user:back' }
    await presences.enter(gone)
    await presences.enter(back)
    const failure = Promise.reject(new Error('the store is busy'))
    leave.mockReturnValueOnce(failure).mockReturnValueOnce(failure)
    presences.leave(gone, false)
    presences.leave(back, false)
    await failure.catch(() => undefined)
    expect(await present()).toEqual(['user:back', 'user:gone'])
    await presences.enter(back)
    await presences.beat()
    expect(await present()).toEqual(['user:back'])
    expect(await presences.members(ROOM)).toEqual(['user:back'])
  })

  it('are noted as there with the next sign of life where the store failed', async () => {
    await using context = await openPresences()
    const { presences, present, enter } = context
    const late = { room: ROOM, member: 'user:late' }
    enter.mockRejectedValueOnce(new Error('the store is busy'))
    await expect(presences.enter(late)).rejects.toThrow('busy')
    await presences.beat()
    expect(await present()).toEqual(['user:late'])
  })

  it('are asked of the store once, however often there is a sign of life meanwhile', async () => {
    await using context = await openPresences()
    const { presences, present, leave } = context
    const member = { room: ROOM, member: 'user:gone' }
    await presences.enter(member)
    let goOn = (): void => undefined
    const wait = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const before = leave.mock.calls.length
    leave.mockReturnValueOnce(wait)
    presences.leave(member, false)
    await presences.beat()
    await presences.beat()
    expect(leave.mock.calls.length - before).toBe(1)
    goOn()
    expect(await present()).toEqual(['user:gone'])
  })

  it('are not there where they left while the node took its lease', async () => {
    await using context = await openPresences()
    const { presences, present } = context
    const short = { room: ROOM, member: 'user:short' }
    const entering = presences.enter(short) // renews the lease first
    presences.leave(short, false)
    await entering
    await vi.waitFor(async () => {
      expect(await present()).toEqual([])
    })
  })

  it('are announced over several turns of the event loop, without those that have left by then', async () => {
    const news: { member: string; isPresent: boolean }[] = []
    const io = quietServer((change) => {
      news.push(change as (typeof news)[number])
      const end = performance.now() + 2
      while (performance.now() < end); // about as long as sending a few hundred changes takes
    })
    const teller = new PresenceNews(io, log)
    const members = Array.from({ length: 20 }, (_, index) => `user:${String(index)}`)
    const room = { told: new Set<string>(), members: new Set(members) as ReadonlySet<string> }
    teller.changed(ROOM, room)
    const atOnce = news.length
    expect(atOnce).toBeLessThan(10)
    room.members = new Set(members.slice(0, 15))
    teller.changed(ROOM, room)
    await vi.waitFor(() => {
      expect(room.told).toEqual(room.members)
    })
    expect(news).toHaveLength(15)
    expect(news.every(({ isPresent }) => isPresent)).toBe(true)
  })

  it('do not keep the news of other rooms waiting', async () => {
    const rooms: string[] = []
    const io = quietServer((change) => {
      rooms.push((change as { room: string }).room)
      const end = performance.now() + 6 // longer than one turn may take
      while (performance.now() < end);
      if (rooms.length > 40) return
      busy.members = new Set([...busy.members, `user:${String(rooms.length)}`])
      teller.changed('busy', busy)
    })
    const teller = new PresenceNews(io, log)
    const busy = {
      told: new Set<string>(),
      members: new Set(['user:first']) as ReadonlySet<string>,
    }
    teller.changed('busy', busy)
    teller.changed('quiet', { told: new Set(), members: new Set(['user:other']) })
    await vi.waitFor(() => {
      expect(rooms).toContain('quiet')
    })
    expect(rooms.indexOf('quiet')).toBeLessThan(5)
    teller.close()
  })
})
