import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { startPostgres } from '@yektayar/testing'
import { describe, expect, it } from 'vitest'
import { hasRedis, startRedis } from '../../packages/server/test/support/startRedis.js'
import { hasPostgres } from '../../scripts/lib/postgres.mjs'
import { until } from '../faults/support/until.js'
import { launchNode } from './support/launchNode.js'
import { percentile } from './support/percentile.js'
import { acquire, connect } from './support/wireClient.js'

const isLong = process.env.CLUSTER === 'long'
const ROOM = 'public:by-redis'
const AWAY_MS = isLong ? 6_000 : 1_500
const EVERY_MS = 5
/** How soon others get a message; a longer time where other tests use the machine. */
const DELIVERED_WITHIN_MS = isLong ? 50 : 5 * 50

/** Two nodes as processes that use Redis, with a writer at one and a reader at the other. */
async function openScene() {
  const postgres = await startPostgres()
  const redis = await startRedis()
  const options = { databaseUrl: postgres.url, redisUrl: redis.url }
  const [first, second] = [await launchNode(options), await launchNode(options)]
  const tokens = [await acquire(first), await acquire(second)] as const
  const [writer, reader] = [await connect(first, tokens[0]), await connect(second, tokens[1])]
  for (const socket of [writer, reader]) {
    await socket.emitWithAck('room:join', { room: ROOM, presence: { mood: 'calm' } })
  }
  return {
    ...{ redis, tokens, writer, reader },
    async [Symbol.asyncDispose]() {
      for (const socket of [writer, reader]) socket.close()
      await Promise.all([first.kill(), second.kill()])
      await redis[Symbol.asyncDispose]()
      await postgres.close()
    },
  }
}

describe.runIf(hasPostgres() && hasRedis)('nodes that use Redis', () => {
  it('lose nothing and go on as fast while it is away', { timeout: 90_000 }, async () => {
    await using scene = await openScene()
    const { redis, writer, reader } = scene
    const sentAt: number[] = []
    const delays: number[] = []
    const seen: number[] = []
    reader.on('room:message', ({ data }: { data: number }) => {
      seen.push(data)
      delays[data] = performance.now() - (sentAt[data] ?? 0)
    })
    const answers: Promise<unknown>[] = []
    const sendFor = async (ms: number): Promise<number[]> => {
      const first = sentAt.length
      const endsAt = performance.now() + ms
      while (performance.now() < endsAt) {
        const data = sentAt.push(performance.now()) - 1
        answers.push(writer.emitWithAck('room:send', { room: ROOM, data }))
        await wait(EVERY_MS)
      }
      await until(() => seen.length >= sentAt.length)
      return delays.slice(first)
    }
    await wait(1_000) // until they hear each other by Redis
    const before = await sendFor(AWAY_MS / 2)
    redis.signal('SIGKILL')
    const away = await sendFor(AWAY_MS)
    await redis.start()
    const after = await sendFor(AWAY_MS / 2)
    const texts = [before, away, after].map(
      (some) => `p50 ${percentile(some, 0.5)} ms, p99 ${percentile(some, 0.99)} ms`,
    )
    console.info(`${String(seen.length)} messages; with Redis, without, with: ${texts.join('; ')}`)
    await Promise.all(answers)
    expect(seen).toEqual(sentAt.map((_, index) => index))
    expect(Number(percentile(away, 0.99))).toBeLessThanOrEqual(DELIVERED_WITHIN_MS)
  })

  it('tell Redis no token and no text of a room', { timeout: 60_000 }, async () => {
    await using scene = await openScene()
    const { redis, tokens, writer, reader } = scene
    const monitor = spawn('redis-cli', ['-p', String(redis.port), 'MONITOR'])
    try {
      let told = ''
      monitor.stdout.on('data', (chunk: Buffer) => (told += chunk.toString()))
      await until(() => told.includes('OK'))
      const text = `canary-${randomBytes(16).toString('hex')}`
      const seen: unknown[] = []
      reader.on('room:message', ({ data }: { data: unknown }) => seen.push(data))
      await until(async () => {
        await writer.emitWithAck('room:typing', { room: ROOM, isTyping: true })
        await writer.emitWithAck('room:send', { room: ROOM, data: text })
        return told.includes(ROOM)
      })
      await until(() => seen.length > 0)
      await writer.emitWithAck('session:renew')
      await wait(500) // for what the nodes publish about the commands before
      for (const secret of [...tokens, text]) expect(told).not.toContain(secret)
    } finally {
      monitor.kill()
    }
  })
})
