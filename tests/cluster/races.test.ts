import { randomUUID } from 'node:crypto'
import type { AcquiredSession } from '@yektayar/protocol'
import { startPostgres } from '@yektayar/testing'
import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../../scripts/lib/postgres.mjs'
import { queryDatabase } from './support/database.js'
import { launchNode } from './support/launchNode.js'
import type { LaunchedNode } from './support/launchNode.js'
import { percentile } from './support/percentile.js'
import { acquire, connect, request } from './support/wireClient.js'

const isLong = process.env.CLUSTER === 'long'
/** How often each race is run, and how many of them at a time. */
const RACES = isLong ? 1_000 : 40
const TOGETHER = 4
const FOR_LONG = { timeout: 60_000 + RACES * 500 }

/** How soon a connection has to close after a sign-out at another node; longer where others use the machine. */
const CLOSED_WITHIN_MS = isLong ? 250 : 5 * 250

/** Two nodes as processes on one database. */
async function openScene() {
  const postgres = await startPostgres()
  const nodes = await Promise.all([1, 2].map(() => launchNode({ databaseUrl: postgres.url })))
  const [first, second] = nodes as [LaunchedNode, LaunchedNode]
  return {
    ...{ first, second, databaseUrl: postgres.url },
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((node) => node.kill()))
      await postgres.close()
    },
  }
}

/** Runs races, some at a time. */
async function race(run: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < RACES) await run(next++)
  }
  await Promise.all(Array.from({ length: TOGETHER }, lane))
}

interface Answer {
  readonly ok: boolean
  readonly error?: { readonly code: string }
  readonly data?: {
    readonly answers?: readonly { readonly ok: boolean; readonly data?: { id: string } }[]
  }
}

describe.runIf(hasPostgres())('races of two nodes', () => {
  it('commit nothing of a session after it was revoked at the other node', FOR_LONG, async () => {
    await using scene = await openScene()
    const { first, second, databaseUrl } = scene
    const closed: number[] = []
    let accepted = 0
    await race(async (index) => {
      const token = await acquire(first)
      const socket = await connect(first, token)
      const room = `public:revoked-${String(index)}`
      const hasClosed = new Promise<number>((resolve) => {
        socket.once('disconnect', () => {
          resolve(performance.now())
        })
      })
      const send = async (data: number): Promise<void> => {
        const answer = (await Promise.race([
          socket.emitWithAck('room:send', { room, data }),
          hasClosed,
        ])) as Answer | number
        if (typeof answer !== 'number' && answer.ok) accepted++
      }
      await send(0)
      const sending = (async () => {
        for (let n = 1; socket.connected; n++) await send(n)
      })()
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
      const response = await request(second, 'DELETE', '/api/session', token)
      const revokedAt = performance.now()
      expect(response.ok).toBe(true)
      // The database's own clock has no part in this: the log must not grow from here on.
      const before = await countMessages(databaseUrl, room)
      closed.push((await hasClosed) - revokedAt)
      await sending
      expect(await countMessages(databaseUrl, room)).toBe(before)
      socket.close()
    })
    console.info(
      `${String(RACES)} revocations, ${String(accepted)} commands before them, closed after ` +
        `p50 ${percentile(closed, 0.5)} ms, p99 ${percentile(closed, 0.99)} ms`,
    )
    expect(accepted).toBeGreaterThanOrEqual(RACES)
    expect(Number(percentile(closed, 0.99))).toBeLessThanOrEqual(CLOSED_WITHIN_MS)
  })

  it('undo no sign-out by a renewal beside it', FOR_LONG, async () => {
    await using scene = await openScene()
    const { first, second, databaseUrl } = scene
    let renewed = 0
    await race(async () => {
      const token = await acquire(first)
      const [renewal, end] = await Promise.all([
        request(first, 'POST', '/api/session/renew', token),
        request(second, 'DELETE', '/api/session', token),
      ])
      expect(end.ok).toBe(true)
      const tokens = [token]
      if (renewal.ok) {
        renewed++
        tokens.push(((await renewal.json()) as AcquiredSession).token)
      } else expect(renewal.status).toBe(401)
      for (const one of tokens) {
        for (const node of [first, second]) {
          expect((await request(node, 'GET', '/api/session', one)).status).toBe(401)
        }
      }
    })
    console.info(`${String(RACES)} renewals beside sign-outs, ${String(renewed)} came first`)
    expect(await queryDatabase(databaseUrl, 'select * from yektayar.session_tokens')).toEqual([])
  })

  it('repeat nothing of a new outbox that arrives at both', FOR_LONG, async () => {
    await using scene = await openScene()
    const { first, second, databaseUrl } = scene
    await race(async (index) => {
      const token = await acquire(first)
      const sockets = await Promise.all([connect(first, token), connect(second, token)])
      const room = `public:outbox-${String(index)}`
      const items = [1, 2, 3].map((n) => ({
        ...{ n, key: `key-${String(index)}-${String(n)}` },
        ...{ name: 'room:send', input: { room, data: n } },
      }))
      const outbox = randomUUID()
      const answers = (await Promise.all(
        sockets.map((socket) => socket.emitWithAck('outbox:deliver', { outbox, items })),
      )) as Answer[]
      for (const socket of sockets) socket.close()
      const [one, other] = answers.map(({ data }) => data?.answers)
      expect(one?.map(({ ok }) => ok)).toEqual([true, true, true])
      expect(other).toEqual(one)
      expect(await countMessages(databaseUrl, room)).toBe(3)
    })
  })
})

async function countMessages(databaseUrl: string, room: string): Promise<number> {
  const rows = await queryDatabase(
    databaseUrl,
    'select messages from yektayar.room_messages where room = $1',
    [room],
  )
  return rows.reduce((sum, row) => sum + (JSON.parse(String(row.messages)) as unknown[]).length, 0)
}
