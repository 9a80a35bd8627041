import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { PageLane } from '../src/rooms/pageLane.js'
import { defaultLimits, resolveLimits } from '../src/shared/limits.js'
import { TokenBucket } from '../src/shared/rateLimit.js'
import { range } from './support/range.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

const { commandBurstPerSession, commandsPerSessionPerSecond, packetBurst } = defaultLimits
const TEXT = 'x'.repeat(60_000)

/** A room with 100 messages of 60 kB, under the server's default limits unless others are given. */
async function largeRoom(limits = {}) {
  const shipped = { commandBurstPerSession, commandsPerSessionPerSecond, packetBurst }
  const context = await startServer({ limits: { ...shipped, ...limits } })
  await Promise.all(range(1, 100).map(() => context.server.publish(ROOM, TEXT)))
  return context
}

const codeOf = ({ code }: { code?: string }): string => code ?? 'unknown'

describe('many requests for pages', () => {
  it('of five anonymous sessions do not keep a bystander waiting, and are charged by their bytes', async () => {
    // What a session may ask for must not grow while a busy machine reads the pages.
    await using context = await largeRoom({ commandsPerSessionPerSecond: 1 })
    const bystander = await roomClient(context)
    const attackers = await Promise.all(range(1, 5).map(() => roomClient(context)))
    let answered = 0
    const outcomes = attackers.flatMap(({ ask }) =>
      range(1, 60).map(() =>
        ask('room:history', { room: ROOM }).then(() => {
          answered++
          return 'ok'
        }, codeOf),
      ),
    )
    await vi.waitFor(() => {
      expect(answered).toBeGreaterThan(0)
    })
    const before = answered
    await bystander.ask('ping', undefined)
    expect(answered - before).toBeLessThan(50)
    const all = await Promise.all(outcomes)
    expect(new Set(all)).toEqual(
      new Set(all.includes('rate_limited') ? ['ok', 'rate_limited'] : ['ok']),
    )
    // A session that requested them all at once has used up its rate limit.
    const again = await Promise.all(
      attackers.map(({ ask }) => ask('room:history', { room: ROOM }).catch(codeOf)),
    )
    expect(again).toEqual(range(1, 5).map(() => 'rate_limited'))
  })
})

describe('the lane for pages', () => {
  it('reads about one full page in a turn of the event loop, in order', async () => {
    const lane = new PageLane(resolveLimits())
    const turns: number[] = []
    let turn = 0
    const counting = new AbortController()
    const count = async (): Promise<void> => {
      while (!counting.signal.aborted) {
        await nextTurn()
        turn++
      }
    }
    const counted = count()
    const pages = range(1, 12).map((page) =>
      lane.read(() => {
        turns.push(turn)
        return Promise.resolve({ page, bytes: 120_000 })
      }),
    )
    expect((await Promise.all(pages)).map(({ page }) => page)).toEqual(range(1, 12))
    counting.abort()
    await counted
    for (const index of range(2, 11)) {
      expect((turns[index] ?? 0) - (turns[index - 2] ?? 0)).toBeGreaterThan(0)
    }
  })

  it('refuses more than may wait, and goes on after one that fails', async () => {
    const lane = new PageLane(resolveLimits({ maxPendingPages: 1 }))
    const failing = lane.read(() => Promise.reject(new Error('the store is away')))
    const waiting = lane.read(() => Promise.resolve({ page: 'next', bytes: 1 }))
    const refused = lane.read(() => Promise.resolve({ page: 'none', bytes: 1 }))
    await expect(refused).rejects.toMatchObject({ code: 'rate_limited' })
    await expect(failing).rejects.toThrow('away')
    expect(await waiting).toMatchObject({ page: 'next' })
  })
})

describe('a client that does not read its pages', () => {
  it('gets no more than it may have unread, and the others are refused in time', async () => {
    await using context = await largeRoom({ pageTimeoutMs: 300, commandBurstPerSession: 1_000 })
    const slow = await roomClient(context)
    await slow.ask('echo', TEXT) // shows that it can answer
    const { ws } = slow.socket.io.engine.transport as unknown as {
      ws: { _socket: { pause(): void; resume(): void } }
    }
    const reading = range(1, 30).map(() => slow.ask('room:history', { room: ROOM }).catch(codeOf))
    ws._socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 800))
    ws._socket.resume()
    const outcomes = await Promise.all(reading)
    const served = outcomes.filter((outcome) => outcome !== 'rate_limited').length
    expect(served).toBeGreaterThan(0)
    expect(served).toBeLessThan(6)
  })
})

describe('a bucket of tokens', () => {
  it('may be in debt, at most by what it holds', () => {
    const bucket = new TokenBucket({ burst: 10, perSecond: 1 })
    const now = performance.now()
    bucket.charge(15, now)
    expect(bucket.take(1, now)).toBe(6_000)
    bucket.charge(1_000, now)
    expect(bucket.take(1, now)).toBe(11_000)
  })
})
