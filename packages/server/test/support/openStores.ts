import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { mkdtemp, rm } from 'node:fs/promises'
import type { RoomMessage } from '@yektayar/protocol'
import { pino } from 'pino'
import { vi } from 'vitest'
import { hasPostgres } from '../../../../scripts/lib/postgres.mjs'
import { defaultLimits } from '../../src/shared/limits.js'
import type { Limits } from '../../src/shared/limits.js'
import { noMetrics } from '../../src/shared/metrics.js'
import type { DeliveryItem } from '../../src/store/delivery.js'
import { openStore } from '../../src/store/openStore.js'
import type { Store, StoreNews, StoredSession } from '../../src/store/store.js'
import { queryPostgres } from './queryPostgres.js'
import { emptyPostgres } from './testDatabase.js'

export const ROOM = 'public:lobby'

/** The kinds of stores; PostgreSQL where the tests have it, which `npm test` says. */
export const kinds = hasPostgres() ? (['SQLite', 'PostgreSQL'] as const) : (['SQLite'] as const)

type Kind = (typeof kinds)[number]

/** Options of a store. */
export interface OpenOptions {
  limits?: Partial<Limits>
  sessionIdleDays?: number
  /** @default a new one */
  databaseUrl?: string
  redisUrl?: string | undefined
}

/** One process on a store. */
export interface StoreProcess {
  readonly store: Store
  /** The messages that it has told its members of. */
  readonly appended: RoomMessage[]
  /** What it has heard of other processes. */
  readonly news: StoreNews[]
}

/** An empty store, which several processes may open; closed at the end of the scope. */
export async function openStores(kind: Kind, options: OpenOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'yektayar-'))
  const databaseUrl =
    options.databaseUrl ??
    (kind === 'SQLite' ? `sqlite:${join(folder, 'test.db')}` : await emptyPostgres())
  const opened: Store[] = []

  async function open(own: OpenOptions = {}): Promise<StoreProcess> {
    const appended: RoomMessage[] = []
    const news: StoreNews[] = []
    const { limits, sessionIdleDays = 0, redisUrl } = { ...options, ...own }
    const store = await openStore({
      databaseUrl,
      redisUrl,
      sessionTtlDays: 30,
      sessionIdleDays,
      onAppended: (messages) => appended.push(...messages),
      limits: { ...defaultLimits, commitGroupMs: 10_000, ...limits },
      metrics: noMetrics,
      log: pino({ level: 'silent' }),
    })
    store.onNews((one) => {
      news.push(one)
      return Promise.resolve()
    })
    opened.push(store)
    return { store, appended, news }
  }

  return {
    ...(await open()),
    databaseUrl,
    open,
    /** Closes one of them, as a process does that ends. */
    async close(store: Store): Promise<void> {
      opened.splice(opened.indexOf(store), 1)
      await store.close()
    },
    /** Sets the clock by which the store decides. */
    async advance(ms: number): Promise<void> {
      if (kind === 'PostgreSQL') {
        await queryPostgres(
          databaseUrl,
          `create or replace function yektayar.now_ms() returns bigint language sql volatile as $$
             select floor(extract(epoch from clock_timestamp()) * 1000)::bigint + ${ms} $$`,
        )
      } else {
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
      }
    },
    async [Symbol.asyncDispose]() {
      vi.useRealTimers()
      for (const store of opened) await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

let started = 0

/** A new session. */
export function begin(store: Store): Promise<StoredSession> {
  return store.sessions.begin({}, `hash-${++started}`)
}

/** Appends a message of the server. */
export function publish(store: Store, data: string, room = ROOM) {
  return store.outboxes.append({ room, message: { id: `id-${data}`, from: 'server', data } })
}

/** Items of an outbox that append to the room. */
export function itemsOf(firstN: number, texts: readonly string[]): DeliveryItem[] {
  return texts.map((data, index) => ({
    n: firstN + index,
    key: `key-${data}`,
    isSkip: false,
    kind: 'append',
    append: { room: ROOM, message: { id: `id-${data}`, from: 'someone', data } },
  }))
}

/** Delivers items of an outbox. */
export function deliver(
  store: Store,
  { id, userId }: StoredSession,
  outbox: string,
  items: readonly DeliveryItem[],
) {
  const before = { key: undefined, isForked: false }
  return store.outboxes.deliver({ session: { id, userId }, outbox, items, before })
}

/** The texts in a room's log. */
export async function textsOf(store: Store, room = ROOM): Promise<unknown[]> {
  const { messages } = await store.rooms.read(room, { after: 0, limit: 1_000, maxBytes: 1e9 })
  return messages.map(({ data }) => data)
}
