import { setTimeout as wait } from 'node:timers/promises'
import type { FaultProxy, SeededRandom } from '@yektayar/testing'
import type { LaunchedServer } from './launchServer.js'

/** Everything that a run can do to its servers and connections. */
export const disruptionKinds = [
  'reset', // all connections of a proxy end by RST, again and again
  'silent', // its connections swallow bytes, one way or both, and nobody hears of it
  'slow', // it passes on 64 kB a second to each reader
  'move', // its clients come back at the other server
  'kill', // a server ends by SIGKILL, and is started again at once
  'suspend', // a server stands still for some seconds, by SIGSTOP
  'large', // messages are so large that a slow reader falls behind
] as const

/** Those of a run that chooses none. `large` shows a server that cuts readers who are healthy. */
const usualKinds = disruptionKinds.filter((kind) => kind !== 'large')

/** One kind of fault. */
export type DisruptionKind = (typeof disruptionKinds)[number]

/**
 * Reads a list of kinds, separated by commas; the usual ones where there is none.
 *
 * @throws {RangeError} for a kind that does not exist
 */
export function disruptionsOf(list: string | undefined): readonly DisruptionKind[] {
  if (!list) return usualKinds
  return list.split(',').map((name) => {
    const kind = disruptionKinds.find((candidate) => candidate === name.trim())
    if (kind) return kind
    throw new RangeError(
      `There is no fault "${name.trim()}"; there are: ${disruptionKinds.join(', ')}`,
    )
  })
}

/** What it is done to. */
export interface Stage {
  readonly servers: readonly LaunchedServer[]
  readonly proxies: readonly FaultProxy[]
}

/** How often each kind was done; `large` is done by who sends. */
export type Counts = Readonly<Record<DisruptionKind, number>>

type Kinds = readonly DisruptionKind[]

/** How often a proxy resets its connections while it does. */
const RESET_EVERY_MS = [60, 180] as const

/**
 * How long it takes a client to notice a link on which nothing arrives, and to be connected again: its
 * pings time out after 2 s, and the probe after 5.
 */
const NOTICE_MS = 8_000

/** What a slow reader takes, in bytes a second. */
const SLOW = 64 * 1024

/** Disrupts connections and servers until the time is up; resolves once the last fault is over. */
export async function disrupt(
  { servers, proxies }: Stage,
  kinds: Kinds,
  seconds: number,
  random: SeededRandom,
): Promise<Counts> {
  const endsAt = Date.now() + seconds * 1_000
  const counts = Object.fromEntries(disruptionKinds.map((kind) => [kind, 0])) as Record<
    DisruptionKind,
    number
  >
  const count = (kind: DisruptionKind): void => {
    counts[kind]++
  }
  await Promise.all([
    disruptServers(servers, kinds, endsAt, random.fork('servers'), count),
    ...proxies.map((proxy, index) =>
      disruptLinks(proxy, servers, kinds, endsAt, random.fork(`proxy ${String(index)}`), count),
    ),
  ])
  return counts
}

/** One round after the other on one proxy: each kind once, in an order that is drawn, and again. */
async function disruptLinks(
  proxy: FaultProxy,
  servers: readonly LaunchedServer[],
  kinds: Kinds,
  endsAt: number,
  random: SeededRandom,
  count: (kind: DisruptionKind) => void,
): Promise<void> {
  const left = (): number => endsAt - Date.now()
  const pause = (ms: number): Promise<unknown> => wait(Math.max(0, Math.min(ms, left())))
  const rounds: Partial<Record<DisruptionKind, () => Promise<unknown>>> = {
    async reset() {
      for (
        const until = Date.now() + random.between(500, 2_000);
        Date.now() < until && left() > 0;
      ) {
        proxy.reset()
        count('reset')
        await pause(random.between(...RESET_EVERY_MS))
      }
    },
    async silent() {
      const direction = (['both', 'toServer', 'toClient'] as const)[random.between(0, 2)]
      if (left() < NOTICE_MS) return
      proxy.silent({ direction, forMs: random.between(100, 1_000) })
      count('silent')
      await pause(NOTICE_MS)
    },
    async slow() {
      proxy.throttle(SLOW)
      count('slow')
      await pause(random.between(1_000, 3_000))
      proxy.throttle(undefined)
    },
    async move() {
      proxy.retarget(servers[random.between(0, servers.length - 1)]?.url ?? '')
      proxy.reset()
      count('move')
      await pause(random.between(100, 500))
    },
  }
  const chosen = kinds.filter((kind) => rounds[kind])
  if (chosen.length === 0) return
  while (left() > 0) {
    for (const kind of shuffled(chosen, random)) await rounds[kind]?.()
    await pause(50)
  }
  proxy.heal()
}

/** Kills or suspends one server or the other from time to time. */
async function disruptServers(
  servers: readonly LaunchedServer[],
  kinds: Kinds,
  endsAt: number,
  random: SeededRandom,
  count: (kind: DisruptionKind) => void,
): Promise<void> {
  const chosen = kinds.filter((kind) => kind === 'kill' || kind === 'suspend')
  for (;;) {
    for (const kind of shuffled(chosen, random)) {
      const pauseMs = random.between(2_000, 4_000)
      const server = servers[random.between(0, servers.length - 1)]
      const stillMs = random.between(1_000, 4_000)
      if (Date.now() + pauseMs + (kind === 'suspend' ? stillMs : 0) > endsAt) {
        await wait(Math.max(0, endsAt - Date.now()))
        return
      }
      await wait(pauseMs)
      count(kind)
      if (kind === 'kill') {
        await server?.restart()
      } else {
        server?.suspend()
        await wait(stillMs)
        server?.resume()
      }
    }
    if (chosen.length === 0) return
  }
}

function shuffled<Item>(items: readonly Item[], random: SeededRandom): Item[] {
  return items
    .map((item) => ({ item, order: random.next() }))
    .sort((one, other) => one.order - other.order)
    .map(({ item }) => item)
}
