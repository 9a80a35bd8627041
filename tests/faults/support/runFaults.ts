import { setTimeout as wait } from 'node:timers/promises'
import { faultProxy, seededRandom } from '@yektayar/testing'
import type { FaultProxy } from '@yektayar/testing'
import { vi } from 'vitest'
import { temporaryDirectory } from '../../support/temporaryDirectory.js'
import { disrupt } from './disruptions.js'
import type { Counts, DisruptionKind } from './disruptions.js'
import type { Entry, History, Position, Sent } from './history.js'
import { launchServer } from './launchServer.js'
import type { LaunchedServer } from './launchServer.js'
import { idOf } from './payload.js'
import { createPublisher } from './publisher.js'
import { readRoom } from './readRoom.js'
import { createWatcher } from './subscriber.js'

const ROOMS = ['public:a', 'public:b'] as const
const PUBLISHERS = 3
const WATCHERS_PER_SERVER = 2

/** The maximum size of large messages. A slow reader cannot keep up with them. */
const LARGE_BYTES = 2_000

/** The share of answers that are dropped while there are faults. */
const WITHHELD = 0.01

/** How long everything may take to arrive after the last fault before the run fails. */
const CALM_MS = 30_000

const patience = { retryDelayMs: 5, retryDelayMaxMs: 50, callTimeoutMs: 2_000 }

/** Options of a run. */
export interface FaultRunOptions {
  readonly seconds: number
  readonly seed: number
  readonly kinds: readonly DisruptionKind[]
}

/** The result of a run. */
export interface FaultRun {
  readonly history: History
  readonly counts: Counts
  /**
   * The time from the last fault until every call had an outcome and every subscriber had caught
   * up.
   */
  readonly caughtUpAfterMs: number
}

/**
 * Runs two servers on one database with clients at both. Connections break in every way, answers
 * are dropped, and servers are killed and suspended. After the last fault, resolves with what every
 * client sent and saw.
 */
export async function runFaults({ seconds, seed, kinds }: FaultRunOptions): Promise<FaultRun> {
  const random = seededRandom(seed)
  await using stack = new AsyncDisposableStackLike()
  const directory = stack.use(await temporaryDirectory())
  const servers: LaunchedServer[] = []
  for (let index = 0; index < 2; index++) {
    servers.push(stack.use(await launchServer({ directory: directory.path })))
  }
  const proxies: FaultProxy[] = []
  for (const [index, { url }] of servers.entries()) {
    proxies.push(stack.use(await faultProxy({ target: url, seed: seed + index })))
  }
  const urlOf = (index: number): string => proxies[index % proxies.length]?.url ?? ''

  const watchers = await Promise.all(
    Array.from({ length: WATCHERS_PER_SERVER * servers.length }, (_, index) =>
      createWatcher(`watcher ${String(index)}`, ROOMS, { url: urlOf(index), ...patience }),
    ),
  )
  for (const watcher of watchers) stack.use(watcher)
  const publishers = Array.from({ length: PUBLISHERS }, (_, index) =>
    stack.use(
      createPublisher({
        name: `p${String(index)}`,
        rooms: ROOMS,
        client: { url: urlOf(index), ...patience },
        random: random.fork(`publisher ${String(index)}`),
        withheld: WITHHELD,
        maxBytes: kinds.includes('large') ? LARGE_BYTES : 0,
      }),
    ),
  )
  for (const publisher of publishers) publisher.start()
  const counts = await disrupt({ servers, proxies }, kinds, seconds, random.fork('disruptions'))
  const calmSince = performance.now()
  for (const publisher of publishers) publisher.stop()

  await Promise.race([
    Promise.all(publishers.map((publisher) => publisher.settled())),
    wait(CALM_MS, undefined, { ref: false }),
  ])
  const sent = publishers.flatMap((publisher) => publisher.history())
  const heads = headsOf(sent)
  await vi
    .waitUntil(() => watchers.every((watcher) => watcher.hasReached(heads)), CALM_MS)
    .catch(() => undefined) // the checker reports what they have not seen
  const caughtUpAfterMs = Math.round(performance.now() - calmSince)
  for (const watcher of watchers)
    if (!watcher.hasReached(heads)) console.info('behind:', JSON.stringify(watcher.report()))
  const log = await readLogs(servers[0]?.url ?? '')
  const history = {
    sent,
    subscribers: watchers.map(({ subscriber }) => subscriber),
    log,
  }
  return { history, counts, caughtUpAfterMs }
}

/** The newest position of each room in the receipts. */
function headsOf(sent: readonly Sent[]): Position[] {
  return ROOMS.flatMap((room) => {
    const [newest] = sent
      .flatMap(({ receipt }) => (receipt?.room === room ? receipt : []))
      .sort((one, other) => other.seq - one.seq)
    return newest ?? []
  })
}

/** Reads everything in the store, without a proxy. */
async function readLogs(url: string): Promise<Entry[]> {
  const logs = await Promise.all(ROOMS.map((room) => readRoom(url, room)))
  return logs.flat().map(({ room, epoch, seq, data }) => ({ room, epoch, seq, id: idOf(data) }))
}

/** Disposes its resources in reverse order. */
class AsyncDisposableStackLike implements AsyncDisposable {
  readonly #resources: AsyncDisposable[] = []

  use<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.#resources.push(resource)
    return resource
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const resource of this.#resources.reverse()) await resource[Symbol.asyncDispose]()
  }
}
