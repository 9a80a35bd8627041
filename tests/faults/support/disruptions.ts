import { setTimeout as wait } from 'node:timers/promises'
import type { FaultProxy, SeededRandom } from '@yektayar/testing'
import type { LaunchedServer } from './launchServer.js'

/** The faults that a run can cause. */
export const disruptionKinds = [
  'reset', // all connections of a proxy are reset repeatedly
  'silent', // a proxy drops bytes without an error, in one or both directions
  'slow', // a proxy limits each reader to 64 kB a second
  'move', // the clients of a proxy reconnect to the other server
  'kill', // a server is killed by SIGKILL and restarted at once
  'suspend', // a server is suspended by SIGSTOP for some seconds
  'large', // messages are of up to 2 kB, so that a slow reader falls behind
] as const

export type DisruptionKind = (typeof disruptionKinds)[number]

/**
 * Parses a comma-separated list of kinds; an empty one means all.
 *
 * @throws {RangeError} for an unknown kind
 */
export function disruptionsOf(list: string | undefined): readonly DisruptionKind[] {
  if (!list) return disruptionKinds
  return list.split(',').map((name) => {
    const kind = disruptionKinds.find((candidate) => candidate === name.trim())
    if (kind) return kind
    throw new RangeError(
      `There is no fault "${name.trim()}"; there are: ${disruptionKinds.join(', ')}`,
    )
  })
}

/** The servers and proxies that a run disrupts. */
export interface Stage {
  readonly servers: readonly LaunchedServer[]
  readonly proxies: readonly FaultProxy[]
}

/** How often each kind of fault happened. The publishers cause `large`. */
export type Counts = Readonly<Record<DisruptionKind, number>>

type Kinds = readonly DisruptionKind[]

/** The time between two resets of a proxy, in milliseconds. */
const RESET_EVERY_MS = [60, 180] as const

/**
 * How long a client needs to notice a silent connection and to reconnect: its ping times out after
 * 2 s, and the probe after 5 s.
 */
const NOTICE_MS = 8_000

/** The bandwidth of a slow reader, in bytes a second. */
const SLOW = 64 * 1024

/**
 * Disrupts connections and servers until the time is up; resolves when the last fault has ended.
 */
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

/** Disrupts one proxy in rounds. Each round causes every chosen kind once, in random order. */
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

/** Kills or suspends a random server from time to time. */
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
