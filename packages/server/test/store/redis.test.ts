import { spawn } from 'node:child_process'
import { setTimeout as pass } from 'node:timers/promises'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createServer, OptionError } from '../../src/index.js'
import { RedisBus } from '../../src/store/postgres/bus/redisBus.js'
import type { StoreNews } from '../../src/store/store.js'
import { answerOtherwise } from '../support/answerOtherwise.js'
import { kinds, openStores, publish, ROOM } from '../support/openStores.js'
import { queryPostgres } from '../support/queryPostgres.js'
import { range } from '../support/range.js'
import { hasRedis, startRedis } from '../support/startRedis.js'

/** How often work may go by NOTIFY that should go by Redis. */
const MAX_TRIES = 5

/** How long looks are counted. With one each 5 s, and one at each new connection, there would be four. */
const LOOKS_MS = 6_000

/** Two processes on a database; the second one has a room open. */
async function start(redisUrl: string, isOnlyFirst = false) {
  const stores = await openStores('PostgreSQL', { redisUrl })
  const { store } = stores
  const own = isOnlyFirst ? { redisUrl: undefined } : {}
  const { store: other, news } = await stores.open(own)
  other.rooms.follow?.(ROOM, true)
  return { ...stores, store, other, news }
}

type Context = Awaited<ReturnType<typeof start>>

/** Resolves when both processes hear Redis, and know it of each other. */
async function whenHeard(context: Context): Promise<void> {
  await untilRedisIs(context, true)
  const isByRedisAlone = async () => {
    const before = context.store.bus?.().sentByNotify
    await emit(context, 'probe')
    return context.store.bus?.().sentByNotify === before
  }
  await expect.poll(isByRedisAlone, { timeout: 10_000 }).toBe(true)
  await emit(context, 'last probe')
  await expect.poll(() => eventsIn(context.news).at(-1)).toBe('last probe')
}

/**
 * Repeats work until none of it went by NOTIFY: on a busy machine, Redis may count as silent for a moment,
 * and NOTIFY is used.
 */
async function byRedisAlone<Result>(
  context: Context,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    await whenHeard(context)
    context.news.length = 0
    const before = context.store.bus?.().sentByNotify
    const result = await work()
    const after = context.store.bus?.().sentByNotify
    if (after === before) return result
    if (tries === MAX_TRIES) throw new Error('Some of it always went by NOTIFY')
  }
}

async function untilRedisIs({ store, other }: Context, isHeard: boolean): Promise<void> {
  const heard = () => [store, other].map((one) => one.bus?.().redis === isHeard)
  await expect.poll(heard, { timeout: 10_000 }).toEqual([true, true])
}

function eventsIn(news: readonly StoreNews[]): unknown[] {
  return news.flatMap(({ events }) => events.map((event) => 'payload' in event && event.payload))
}

const namesRoom = ({ rooms }: StoreNews) => rooms?.has(ROOM) === true

const emit = ({ store }: Context, payload: number | string) =>
  store.events.tell({ event: 'noted', payload, to: { everyone: true } })

describe.runIf(hasRedis && kinds.length > 1)('news by Redis', () => {
  it('tell of open rooms and of events, each once, without a NOTIFY', async () => {
    await using redis = await startRedis()
    await using context = await start(redis.url)
    await byRedisAlone(context, async () => {
      const before = context.store.bus?.().sentByRedis ?? 0
      await publish(context.store, 'a')
      for (const payload of [1, 'x'.repeat(20_000), 3]) await emit(context, payload)
      await expect.poll(() => eventsIn(context.news)).toEqual([1, 'x'.repeat(20_000), 3])
      await expect.poll(() => context.news.some(namesRoom)).toBe(true)
      expect(context.store.bus?.().sentByRedis).toBeGreaterThan(before)
    })
  })

  it('leave out rooms that nobody has open, and find what was written before one is opened', async () => {
    await using redis = await startRedis()
    await using context = await start(redis.url)
    const rooms = range(1, 20).map((index) => `public:room-${index}`)
    const named = await byRedisAlone(context, async () => {
      for (const room of rooms) await publish(context.store, room, room)
      await publish(context.store, 'last')
      await expect.poll(() => context.news.some(namesRoom)).toBe(true)
      return new Set(context.news.flatMap(({ rooms: some }) => [...(some ?? [])]))
    })
    expect(named.size).toBeLessThan(10)
    const [room = ''] = rooms.filter((name) => !named.has(name))
    context.other.rooms.follow?.(room, true)
    await expect.poll(() => context.news.some(({ rooms: some }) => some?.has(room))).toBe(true)
  })

  it('go by NOTIFY at once when Redis dies, and by Redis again when it is back', async () => {
    await using redis = await startRedis()
    await using context = await start(redis.url)
    await whenHeard(context)
    context.news.length = 0
    const payloads = range(1, 300)
    for (const payload of payloads) {
      if (payload === 100) redis.signal('SIGKILL')
      if (payload === 200) await redis.start()
      await emit(context, payload)
      await pass(2)
    }
    await expect.poll(() => eventsIn(context.news)).toHaveLength(payloads.length)
    expect(eventsIn(context.news)).toEqual(payloads)
    await whenHeard(context)
    const before = context.store.bus?.()
    await emit(context, 'again')
    await expect.poll(() => eventsIn(context.news).at(-1)).toBe('again')
    expect(context.store.bus?.().sentByRedis).toBeGreaterThan(before?.sentByRedis ?? 0)
  }, 60_000)

  it('go by NOTIFY when Redis hangs', async () => {
    await using redis = await startRedis()
    await using context = await start(redis.url)
    await whenHeard(context)
    context.news.length = 0
    redis.signal('SIGSTOP')
    for (const payload of range(1, 20)) await emit(context, payload)
    await expect.poll(() => eventsIn(context.news), { timeout: 2_500 }).toEqual(range(1, 20))
    redis.signal('SIGCONT')
    await whenHeard(context)
    await emit(context, 'again')
    await expect.poll(() => eventsIn(context.news).at(-1)).toBe('again')
    const payloads = eventsIn(context.news).filter((payload) => !String(payload).includes('probe'))
    expect(payloads).toEqual([...range(1, 20), 'again'])
  })

  it('reach a process that does not use Redis', async () => {
    await using redis = await startRedis()
    await using context = await start(redis.url, true)
    await expect.poll(() => context.store.bus?.().redis).toBe(true)
    context.news.length = 0
    for (const payload of range(1, 20)) await emit(context, payload)
    await expect.poll(() => eventsIn(context.news)).toEqual(range(1, 20))
  })

  it('need nothing that Redis keeps', async () => {
    await using redis = await startRedis()
    await using context = await start(redis.url)
    await whenHeard(context)
    context.news.length = 0
    await emit(context, 1)
    redis.command('FLUSHALL')
    await emit(context, 2)
    await expect.poll(() => eventsIn(context.news)).toEqual([1, 2])
    expect(redis.command('DBSIZE')).toBe('0')
  })

  it('are looked for each second where neither bus is heard', async () => {
    await using redis = await startRedis()
    await using context = await start(redis.url)
    await whenHeard(context)
    redis.signal('SIGKILL')
    const { databaseUrl } = context
    await answerOtherwise(databaseUrl, 'pg_notify(text, text)', 'void', '')
    await queryPostgres(
      databaseUrl,
      `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()
       and (query like 'listen %' or query like '%pg_notify(%')`,
    )
    await untilRedisIs(context, false)
    await expect.poll(() => context.store.bus?.().notify, { timeout: 5_000 }).toBe(false)
    context.news.length = 0
    await publish(context.store, 'a')
    await pass(LOOKS_MS)
    const looks = context.news.filter(({ rooms }) => rooms === undefined)
    expect(looks.length).toBeGreaterThanOrEqual(LOOKS_MS / 1_000 - 1)
    expect(context.news.every(({ rooms }) => rooms === undefined)).toBe(true) // nothing was heard
  })

  it('have no text of a message, and no token', async () => {
    await using redis = await startRedis()
    const monitor = spawn('redis-cli', ['-p', String(redis.port), 'MONITOR'])
    let seen = ''
    monitor.stdout.on('data', (data: Buffer) => {
      seen += data.toString()
    })
    await using context = await start(redis.url)
    await whenHeard(context)
    const session = await context.store.sessions.begin({}, 'hash-of-a-canary-token')
    await publish(context.store, 'canary-text')
    await context.store.sessions.end([session.id])
    await emit(context, 'payload of an app')
    await expect.poll(() => seen).toContain('payload of an app')
    monitor.kill()
    expect(seen).toContain(ROOM)
    expect(seen).not.toMatch(/canary/)
    const commands = new Set(
      [...seen.matchAll(/\] "(\w+)"/g)].map(([, name]) => name?.toLowerCase()),
    )
    expect([...commands].sort()).toEqual(['client', 'publish', 'subscribe'])
  })
})

it.runIf(hasRedis)('a password that Redis refuses is not in the log', async () => {
  await using redis = await startRedis()
  const warnings: unknown[] = []
  const ignore = (): void => undefined
  const bus = await RedisBus.open({
    redisUrl: redis.url.replace('//', '//yektayar:canary@'),
    service: 'test',
    ping: () => '{}',
    ...{ onHint: ignore, onFollowed: ignore, onChange: ignore },
    log: { warn: (...given: unknown[]) => warnings.push(given) } as never,
  })
  await expect.poll(() => warnings).toHaveLength(1)
  bus.close()
  expect(inspect(warnings, { depth: 9 })).toMatch(/WRONGPASS/)
  expect(inspect(warnings, { depth: 9 })).not.toContain('canary')
})

describe.runIf(kinds.length > 1)('without Redis', () => {
  it('a process starts, and NOTIFY carries the news', async () => {
    await using context = await start('redis://127.0.0.1:1')
    context.news.length = 0
    await emit(context, 1)
    await expect.poll(() => eventsIn(context.news)).toEqual([1])
    expect(context.store.bus?.()).toMatchObject({ notify: true, redis: false })
  })
})

describe.runIf(kinds.length > 1)('a connection for news that is cut', () => {
  it('loses no event of the process that has lost it', async () => {
    await using context = await openStores('PostgreSQL')
    const { store: other, news } = await context.open()
    await other.readNews()
    news.length = 0
    const { databaseUrl, store } = context
    await queryPostgres(
      databaseUrl,
      `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()
       and (query like 'listen %' or query like '%pg_notify(%') order by backend_start limit 1`,
    )
    const payloads = range(1, 20)
    for (const payload of payloads) {
      store.events.pass({ event: 'noted', payload, to: { everyone: true } })
      await pass(10)
    }
    await expect.poll(() => eventsIn(news), { timeout: 10_000 }).toEqual(payloads)
  })
})

describe('redisUrl', () => {
  const wrong: [why: string, options: object, text: RegExp][] = [
    ['without PostgreSQL', { redisUrl: 'redis://localhost' }, /redisUrl is set, but databaseUrl/],
    [
      'of another kind',
      { redisUrl: 'http://secret@localhost' },
      /redisUrl is "http:\/\/…@localhost"/,
    ],
  ]
  it.each(wrong)('is refused %s', async (_why, options, text) => {
    const error: unknown = await createServer({ databaseUrl: 'sqlite::memory:', ...options }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(OptionError)
    expect((error as Error).message).toMatch(text)
    expect((error as Error).message).not.toContain('secret')
  })
})
