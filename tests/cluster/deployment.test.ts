import { YektaYarSocket } from '@yektayar/client'
import { startPostgres } from '@yektayar/testing'
import { describe, expect, it, vi } from 'vitest'
import { hasPostgres } from '../../scripts/lib/postgres.mjs'
import { readRoom } from '../faults/support/readRoom.js'
import { queryDatabase } from './support/database.js'
import { launchNode } from './support/launchNode.js'
import { startBalancer } from './support/startBalancer.js'

const isLong = process.env.CLUSTER === 'long'
/** How many processes migrate at once, and how many are restarted one after the other. */
const STARTED = isLong ? 6 : 3
const RESTARTED = isLong ? 4 : 2
/** How many clients are connected while all nodes are restarted, and how many of them send. */
const CLIENTS = isLong ? 500 : 40
const SENDERS = isLong ? 50 : 10
/** Each message goes to all clients, which share the cores with the nodes. */
const SEND_EVERY_MS = isLong ? 100 : 10
/** How many clients connect at the same time in the beginning. */
const TOGETHER = 25
const ROOM = 'public:deployment'
/** In which clients come back, spread over time. */
const limits = { drainSpreadMs: isLong ? 5_000 : 1_000 }

describe.runIf(hasPostgres())('a deployment', () => {
  it('of several processes at once creates one schema', { timeout: 90_000 }, async () => {
    await using postgres = await startPostgres()
    const options = { databaseUrl: postgres.url }
    const nodes = await Promise.all(Array.from({ length: STARTED }, () => launchNode(options)))
    try {
      for (const { url } of nodes) expect((await fetch(`${url}/ready`)).status).toBe(200)
      const made = await queryDatabase(postgres.url, 'select name from yektayar.kysely_migration')
      expect(made.map(({ name }) => name)).toEqual([
        '0001_store',
        '0002_append_in_one_call',
        '0003_limits',
        '0004_known_sessions',
        '0005_shared_usage',
      ])
      const stores = await queryDatabase(postgres.url, 'select epoch from yektayar.store')
      expect(stores).toHaveLength(1)
    } finally {
      await Promise.all(nodes.map((node) => node.kill()))
    }
  })

  it('of one node after the other loses nothing', { timeout: 300_000 }, async () => {
    await using postgres = await startPostgres()
    const options = { databaseUrl: postgres.url, limits }
    const nodes = await Promise.all(Array.from({ length: RESTARTED }, () => launchNode(options)))
    await using balancer = await startBalancer(nodes.map(({ url }) => url))
    const { url, closing } = balancer
    const clients = Array.from({ length: CLIENTS }, () => openMember(url))
    try {
      for (let first = 0; first < CLIENTS; first += TOGETHER) {
        await Promise.all(clients.slice(first, first + TOGETHER).map((one) => one.enter()))
      }
      const sent: Promise<{ seq: number }>[] = []
      const sending = setInterval(() => {
        const { room } = clients[sent.length % SENDERS] ?? {}
        if (room) sent.push(room.send(sent.length))
      }, SEND_EVERY_MS)
      const startedAt = performance.now()
      /** How often each client came back when a node was restarted. */
      const returns: number[] = []
      for (const node of nodes) {
        const before = clients.map(({ connects }) => connects)
        closing.add(node.url)
        await node.close()
        await node.restart()
        closing.delete(node.url)
        await untilAll(() => clients.every(({ client }) => client.status === 'connected'))
        returns.push(...clients.map(({ connects }, index) => connects - (before[index] ?? 0)))
      }
      clearInterval(sending)
      const seconds = (performance.now() - startedAt) / 1_000
      const receipts = await Promise.all(sent)
      await untilAll(() => clients.every(({ room }) => room.position?.seq === sent.length))

      expect(new Set(receipts.map(({ seq }) => seq)).size).toBe(sent.length)
      const log = await readRoom(nodes[0]?.url ?? '', ROOM)
      expect(log.map(({ data }) => data).sort((a, b) => Number(a) - Number(b))).toEqual(
        sent.map((_, index) => index),
      )
      expect(clients.flatMap(({ resets }) => resets)).toEqual([])
      for (const { seen } of clients) {
        expect(seen).toEqual(seen.map((_, index) => (seen[0] ?? 0) + index))
      }
      console.info(
        `${String(sent.length)} messages to ${String(CLIENTS)} clients, ${String(RESTARTED)} nodes restarted in ` +
          `${seconds.toFixed(0)} s; returns of a client for each ${JSON.stringify(count(returns))}`,
      )
      expect(Math.max(...returns)).toBeLessThanOrEqual(2)
    } finally {
      await Promise.all(clients.map(({ client }) => client.disconnect()))
      await Promise.all(nodes.map((node) => node.kill()))
    }
  })
})

/** A member of the room, which notes what it sees. */
function openMember(url: string) {
  let connects = 0
  const client = new YektaYarSocket({ url, retryDelayMs: 20, retryDelayMaxMs: 500 })
  client.on('connected', () => connects++)
  const room = client.room(ROOM)
  const seen: number[] = []
  const resets: unknown[] = []
  room.on('message', ({ seq }) => seen.push(seq))
  room.on('reset', (reset) => resets.push(reset))
  return {
    ...{ client, room, seen, resets },
    async enter() {
      void client.connect()
      await room.join({ timeoutMs: 60_000 })
    },
    get connects() {
      return connects
    },
  }
}

async function untilAll(isSo: () => boolean): Promise<void> {
  await vi.waitUntil(isSo, { timeout: 60_000 })
}

function count(values: readonly number[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
