// Measures the store on PostgreSQL beside SQLite in one run: `npm run bench:postgres`. PostgreSQL
// waits for the disk; it is the one of the npm package, or `TEST_DATABASE_URL`.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { startPostgres } from '@yektayar/testing'
import { askProcess } from './lib/askProcess.mjs'
import { PostgresProcesses } from './lib/postgresProcesses.mjs'
import { printTable, shortNumber } from './lib/printTable.mjs'
import { quantile } from './lib/statistics.mjs'
import { buildStore } from './lib/storeBundle.mjs'

const CLIENTS = 200
const MS = 3_000
const WARM_UP_MS = 1_500
const RATE = 500
const SHAPES = [
  [1, 1],
  [10, 1],
  [100, 1],
  [1, 16],
  [10, 16],
  [100, 16],
]

const folder = await mkdtemp(join(tmpdir(), 'bench-'))
const postgres = await startPostgres({ isDurable: true })
try {
  const processes = await PostgresProcesses.of(postgres.url)
  const stores = [
    { name: 'SQLite', newUrl: () => `sqlite:${join(folder, `${Math.random()}.db`)}` },
    { name: 'PostgreSQL', newUrl: postgres.createDatabase, processes },
  ]
  await atTheDoor(stores)
  await endToEnd(stores)
  await acrossNodes(stores)
} finally {
  await postgres.close()
  await rm(folder, { recursive: true, force: true })
}

/** Durable messages a second through the store alone, in this process. */
async function atTheDoor(stores) {
  const { openStore, defaultLimits, noMetrics } = await buildStore(folder)
  const rows = []
  for (const [rooms, items] of SHAPES) {
    for (const { name, newUrl, processes } of stores) {
      const store = await openStore({
        databaseUrl: await newUrl(),
        sessionTtlDays: 30,
        sessionIdleDays: 0,
        onAppended: () => undefined,
        limits: { ...defaultLimits, storedBytesPerSessionPerHour: 1e12 },
        metrics: noMetrics,
        log: { debug() {}, info() {}, warn: console.error, error: console.error },
      })
      const clients = await Promise.all(
        Array.from({ length: CLIENTS }, (_, index) => outboxOf(store, index, rooms)),
      )
      await deliverAll(clients, items, WARM_UP_MS)
      const cpu = processes?.cpuMicros() ?? 0
      const own = process.cpuUsage()
      const { messages, perSecond, times } = await deliverAll(clients, items, MS)
      const { user, system } = process.cpuUsage(own)
      const database = ((processes?.cpuMicros() ?? 0) - cpu) / messages
      rows.push([
        `${rooms} rooms, ${items} a packet`,
        name,
        String(Math.round(perSecond)),
        ...percentiles(times),
        shortNumber((user + system) / messages),
        processes ? shortNumber(database) : '',
      ])
      await store.close()
    }
  }
  console.log(`\nAt the store's door, ${CLIENTS} outboxes, one packet each in flight:\n`)
  const header = [
    'what',
    'store',
    'messages/s',
    'p50 ms',
    'p99 ms',
    'µs CPU',
    'µs CPU of PostgreSQL',
  ]
  printTable(header, rows)
}

async function outboxOf(store, index, rooms) {
  const { id } = await store.sessions.begin({}, `hash-${index}-${Math.random()}`)
  return {
    store,
    session: { id, userId: null },
    outbox: id,
    n: 0,
    room: `public:r${index % rooms}`,
  }
}

async function deliverAll(clients, items, ms) {
  const times = []
  let messages = 0
  const startedAt = performance.now()
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() < startedAt + ms) {
        const sentAt = performance.now()
        await deliver(client, items)
        times.push(performance.now() - sentAt)
        messages += items
      }
    }),
  )
  const perSecond = (messages / (performance.now() - startedAt)) * 1_000
  return { messages, perSecond, times }
}

function deliver(client, count) {
  const { store, session, outbox, room } = client
  const items = Array.from({ length: count }, () => {
    const n = ++client.n
    const data = { text: 'See you on Thursday at five, if that still suits you.', n }
    const message = { id: `${outbox}.${n}`, from: `session:${session.id}`, data }
    return { n, key: `key-${n}`, isSkip: false, kind: 'append', append: { room, message } }
  })
  return store.outboxes.deliver({
    session,
    outbox,
    items,
    before: { key: undefined, isForked: false },
  })
}

/** The same over the wire: the server and the clients each have a processor of two. */
async function endToEnd(stores) {
  const rows = []
  for (const items of [1, 16]) {
    for (const { name, newUrl, processes } of stores) {
      await withServers(1, await newUrl(), async ([server], load) => {
        const url = await server.ask('url')
        await load.ask('open', url, await server.ask('tokens', CLIENTS))
        await load.ask('deliver', url, 'public:durable', items, WARM_UP_MS)
        const cpu = processes?.cpuMicros() ?? 0
        const messages = await load.ask('deliver', url, 'public:durable', items, MS)
        const database = ((processes?.cpuMicros() ?? 0) - cpu) / messages
        rows.push([
          `${items} a packet`,
          name,
          String(Math.round((messages / MS) * 1_000)),
          processes ? shortNumber(database) : '',
        ])
      })
    }
  }
  console.log(`\nEnd to end, ${CLIENTS} clients over WebSocket:\n`)
  printTable(['what', 'store', 'messages/s', 'µs CPU of PostgreSQL'], rows)
}

/** From the commit on one node to a reader on another one. */
async function acrossNodes(stores) {
  const rows = []
  for (const { name, newUrl } of stores) {
    await withServers(2, await newUrl(), async ([first, second], load) => {
      const times = await load.ask(
        'acrossNodes',
        { url: await first.ask('url'), token: (await first.ask('tokens', 1))[0] },
        { url: await second.ask('url'), token: (await second.ask('tokens', 1))[0] },
        'public:across',
        RATE,
        MS,
      )
      rows.push([name, String(times.length), ...percentiles(times)])
    })
  }
  console.log(`\nFrom the answer on one node to the reader on another, ${RATE} messages/s:\n`)
  printTable(['store', 'messages', 'p50 ms', 'p99 ms'], rows)
}

async function withServers(count, databaseUrl, work) {
  const servers = []
  const load = await askProcess('../load/load.mjs', { processor: 1 })
  try {
    for (let index = 0; index < count; index++) {
      servers.push(await askProcess('../servers/ours.mjs', { processor: 0, args: [databaseUrl] }))
    }
    await work(servers, load)
  } finally {
    await load.close()
    for (const server of servers) await server.close()
  }
}

function percentiles(times) {
  times.sort((a, b) => a - b)
  return [0.5, 0.99].map((share) => quantile(times, share).toFixed(1))
}
