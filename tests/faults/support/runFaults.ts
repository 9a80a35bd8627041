import { setTimeout as wait } from 'node:timers/promises'
import { faultProxy, seededRandom } from '@yektayar/testing'
import type { FaultProxy, SeededRandom } from '@yektayar/testing'
import { vi } from 'vitest'
import { temporaryDirectory } from '../../support/temporaryDirectory.js'
import type { Entry, History } from './history.js'
import { launchServer } from './launchServer.js'
import type { LaunchedServer } from './launchServer.js'
import { idOf } from './payload.js'
import { createPublisher } from './publisher.js'
import { readRoom } from './readRoom.js'
import { createWatcher } from './subscriber.js'

const ROOMS = ['public:a', 'public:b'] as const
const PUBLISHERS = 3
const WATCHERS_PER_SERVER = 2

/** How often each proxy resets all its connections. */
const RESET_EVERY_MS = [60, 180] as const

/** How often a server is killed. */
const KILL_EVERY_MS = [2_000, 4_000] as const

/** Which part of the answers never arrives. */
const WITHHELD = 0.01

/** How long everything may take to arrive once the faults are over. */
const CALM_MS = 30_000

const patience = { retryDelayMs: 5, retryDelayMaxMs: 50 }

/** What a run was like, beside its history. */
export interface FaultRun {
  readonly history: History
  readonly kills: number
  readonly resets: number
}

/**
 * Two servers on one database, and clients at both: connections are reset all the time, answers are
 * lost, servers are killed. Resolves with what everybody sent and saw, once all is calm again.
 */
export async function runFaults({
  seconds,
  seed,
}: {
  seconds: number
  seed: number
}): Promise<FaultRun> {
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
      }),
    ),
  )
  for (const publisher of publishers) publisher.start()
  const resets = startResets(proxies, random.fork('resets'))
  const kills = await killServers(servers, seconds, random.fork('kills'))
  for (const publisher of publishers) publisher.stop()
  resets.stop()

  await Promise.race([
    Promise.all(publishers.map((publisher) => publisher.settled())),
    wait(CALM_MS, undefined, { ref: false }),
  ])
  const log = await readLogs(servers[0]?.url ?? '')
  const heads = ROOMS.map((room) => log.findLast((entry) => entry.room === room)).filter(
    (head) => head !== undefined,
  )
  await vi
    .waitUntil(() => watchers.every((watcher) => watcher.hasReached(heads)), CALM_MS)
    .catch(() => undefined) // what they have not seen, the checker says
  const history = {
    sent: publishers.flatMap((publisher) => publisher.history()),
    subscribers: watchers.map(({ subscriber }) => subscriber),
    log,
  }
  return { history, kills, resets: resets.count }
}

/** Resets all connections of each proxy again and again. */
function startResets(
  proxies: readonly FaultProxy[],
  random: SeededRandom,
): { readonly count: number; stop(): void } {
  const timers = new Map<FaultProxy, NodeJS.Timeout>()
  let count = 0
  const schedule = (proxy: FaultProxy): void => {
    const reset = (): void => {
      count++
      proxy.reset()
      schedule(proxy)
    }
    timers.set(proxy, setTimeout(reset, random.between(...RESET_EVERY_MS)))
  }
  for (const proxy of proxies) schedule(proxy)
  return {
    get count() {
      return count
    },
    stop() {
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}

/** Kills one server or the other from time to time, and starts it again at once. */
async function killServers(
  servers: readonly LaunchedServer[],
  seconds: number,
  random: SeededRandom,
): Promise<number> {
  const endsAt = Date.now() + seconds * 1_000
  let kills = 0
  for (;;) {
    const pauseMs = random.between(...KILL_EVERY_MS)
    if (Date.now() + pauseMs > endsAt) {
      await wait(Math.max(0, endsAt - Date.now()))
      return kills
    }
    await wait(pauseMs)
    await servers[random.between(0, servers.length - 1)]?.restart()
    kills++
  }
}

/** Everything that the store holds, read without a proxy. */
async function readLogs(url: string): Promise<Entry[]> {
  const logs = await Promise.all(ROOMS.map((room) => readRoom(url, room)))
  return logs.flat().map(({ room, epoch, seq, data }) => ({ room, epoch, seq, id: idOf(data) }))
}

/** Disposes what was handed to it, the last first. */
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
