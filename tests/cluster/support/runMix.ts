import { setTimeout as wait } from 'node:timers/promises'
import { YektaYarSocket } from '@yektayar/client'
import { faultProxy, seededRandom } from '@yektayar/testing'
import type { FaultProxy, SeededRandom } from '@yektayar/testing'
import { vi } from 'vitest'
import { disrupt } from '../../faults/support/disruptions.js'
import type { History, Position } from '../../faults/support/history.js'
import { idOf } from '../../faults/support/payload.js'
import { createPublisher } from '../../faults/support/publisher.js'
import { readRoom } from '../../faults/support/readRoom.js'
import { createWatcher } from '../../faults/support/subscriber.js'
import { temporaryDirectory } from '../../support/temporaryDirectory.js'
import { endConnections, queryDatabase } from './database.js'
import { launchNode } from './launchNode.js'
import type { LaunchedNode } from './launchNode.js'
import { createPostgres, preparePostgres } from './postgresServer.js'
import type { PostgresServer } from './postgresServer.js'

const ROOMS = ['public:mix-a', 'public:mix-b', 'public:mix-c'] as const
const NODES = 4
const WATCHERS_PER_NODE = 2
const PUBLISHERS = 8
const ADDERS = 2
const ADD_EVERY_MS = 20

/** How long everything may take to arrive after the last fault before the run fails. */
const CALM_MS = 60_000

const patience = { retryDelayMs: 5, retryDelayMaxMs: 100, callTimeoutMs: 3_000 }

/** The result of a run. */
export interface MixRun {
  readonly history: History
  /** How many commands each client called that add a row, and how many of them were answered. */
  readonly adds: readonly { sender: string; called: number; settled: number }[]
  /** The numbers in the rows of each sender, in the order in which they were added. */
  readonly rows: ReadonlyMap<string, readonly number[]>
  /** The last output of nodes that have ended by themselves. */
  readonly crashed: readonly string[]
  readonly faults: Readonly<Record<string, number>>
  /** The time from the last fault until every call had an outcome, and all readers had all messages. */
  readonly settledAfterMs: number
  readonly caughtUpAfterMs: number
}

/**
 * Runs four nodes as processes on one database, with clients at all of them. Connections are reset,
 * answers withheld, nodes killed, connections to the database ended, and PostgreSQL crashes twice.
 */
export async function runMix({
  seconds,
  seed,
}: {
  seconds: number
  seed: number
}): Promise<MixRun> {
  const random = seededRandom(seed)
  await using directory = await temporaryDirectory()
  const postgres = await createPostgres(preparePostgres(directory.path))
  const opened: { [Symbol.asyncDispose](): PromiseLike<void> }[] = []
  const use = <One extends (typeof opened)[number]>(one: One): One => {
    opened.push(one)
    return one
  }
  try {
    await postgres.start()
    const nodes: LaunchedNode[] = []
    const proxies: FaultProxy[] = []
    for (let index = 0; index < NODES; index++) {
      const node = use(await launchNode({ databaseUrl: postgres.url }))
      nodes.push(node)
      proxies.push(use(await faultProxy({ target: node.url, seed: seed + index })))
    }
    /** Each second client has no proxy: it loses its connections when its node dies. */
    const optionsOf = (index: number) => {
      const from = index % 2 === 0 ? proxies : nodes
      return { url: from[Math.floor(index / 2) % NODES]?.url ?? '', ...patience }
    }
    const watchers = await Promise.all(
      Array.from({ length: NODES * WATCHERS_PER_NODE }, (_, index) =>
        createWatcher(`watcher ${String(index)}`, ROOMS, optionsOf(index)),
      ),
    )
    watchers.forEach(use)
    const publishers = Array.from({ length: PUBLISHERS }, (_, index) =>
      use(
        createPublisher({
          ...{ name: `p${String(index)}`, rooms: ROOMS, client: optionsOf(index) },
          ...{ random: random.fork(`publisher ${String(index)}`), withheld: 0.01, maxBytes: 0 },
        }),
      ),
    )
    const adders = Array.from({ length: ADDERS }, (_, index) =>
      use(createAdder(`adder ${String(index)}`, optionsOf(index))),
    )
    for (const one of [...publishers, ...adders]) one.start()
    const faults = { terminated: 0, crashes: 0 }
    const kinds = ['reset', 'move', 'kill'] as const
    const [counts] = await Promise.all([
      disrupt({ servers: nodes, proxies }, kinds, seconds, random.fork('disruptions')),
      disruptDatabase(postgres, seconds, random.fork('database'), faults),
    ])
    const calmSince = performance.now()
    for (const one of [...publishers, ...adders]) one.stop()
    await Promise.race([
      Promise.all([...publishers, ...adders].map((one) => one.settled())),
      wait(CALM_MS, undefined, { ref: false }),
    ])
    const settledAfterMs = Math.round(performance.now() - calmSince)
    const sent = publishers.flatMap((publisher) => publisher.history())
    const heads = headsOf(sent.flatMap(({ receipt }) => receipt ?? []))
    await vi
      .waitUntil(() => watchers.every((watcher) => watcher.hasReached(heads)), CALM_MS)
      .catch(() => undefined) // the checker reports what they have not seen
    const caughtUpAfterMs = Math.round(performance.now() - calmSince)
    const logs = await Promise.all(ROOMS.map((room) => readRoom(nodes[0]?.url ?? '', room)))
    const log = logs
      .flat()
      .map(({ room, epoch, seq, data }) => ({ room, epoch, seq, id: idOf(data) }))
    return {
      history: { sent, subscribers: watchers.map(({ subscriber }) => subscriber), log },
      adds: adders.map((adder) => adder.counts()),
      rows: await readRows(postgres.url),
      crashed: nodes.flatMap(({ crashed }) => crashed),
      faults: { ...counts, ...faults },
      settledAfterMs,
      caughtUpAfterMs,
    }
  } finally {
    for (const one of opened.reverse()) await one[Symbol.asyncDispose]()
    await postgres.stop()
  }
}

/** Ends all connections of the nodes from time to time. PostgreSQL crashes at a third and at two. */
async function disruptDatabase(
  postgres: PostgresServer,
  seconds: number,
  random: SeededRandom,
  faults: { terminated: number; crashes: number },
): Promise<void> {
  const startedAt = Date.now()
  const elapsed = (): number => (Date.now() - startedAt) / 1_000
  while (elapsed() < seconds) {
    await wait(random.between(800, 2_000))
    if (faults.crashes < 2 && elapsed() > ((faults.crashes + 1) * seconds) / 3) {
      if (faults.crashes === 0) await postgres.crashBackend()
      else {
        await postgres.kill()
        await wait(random.between(100, 1_500))
        await postgres.start()
      }
      faults.crashes++
      continue
    }
    await endConnections(postgres.url)
      .then(() => faults.terminated++)
      .catch(() => undefined) // it recovers from a crash
  }
}

/** A client that calls one command after the other, each of which adds a row. */
function createAdder(sender: string, options: { url: string }) {
  const client = new YektaYarSocket(options)
  // The client has no contract of the app, so its types do not know the command.
  const call = client.call.bind(client) as unknown as (
    name: string,
    input: object,
    how: object,
  ) => Promise<unknown>
  void client.connect()
  const promises: Promise<unknown>[] = []
  let called = 0
  let settled = 0
  let timer: NodeJS.Timeout | undefined
  return {
    start() {
      timer = setInterval(() => {
        if (client.outbox.getSnapshot().items.length >= 500) return
        const input = { sender, n: called++ }
        promises.push(
          call('add', input, { delivery: 'once' }).then(
            () => settled++,
            () => undefined,
          ),
        )
      }, ADD_EVERY_MS)
    },
    stop() {
      clearInterval(timer)
    },
    settled: () => Promise.all(promises),
    counts: () => ({ sender, called, settled }),
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await client.disconnect()
    },
  }
}

function headsOf(receipts: readonly Position[]): Position[] {
  return ROOMS.flatMap((room) => {
    const own = receipts.filter((receipt) => receipt.room === room)
    return own.sort((one, other) => other.seq - one.seq)[0] ?? []
  })
}

async function readRows(databaseUrl: string): Promise<Map<string, number[]>> {
  const rows = new Map<string, number[]>()
  for (const { sender, n } of await queryDatabase(databaseUrl, 'select * from adds order by at')) {
    const own = rows.get(String(sender)) ?? []
    rows.set(String(sender), own)
    own.push(Number(n))
  }
  return rows
}
