import { setTimeout as wait } from 'node:timers/promises'
import { startPostgres } from '@yektayar/testing'
import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../../scripts/lib/postgres.mjs'
import { until } from '../faults/support/until.js'
import { launchNode } from './support/launchNode.js'
import { percentile } from './support/percentile.js'
import { acquire, connect, request } from './support/wireClient.js'

const isLong = process.env.CLUSTER === 'long'
const STOPPED_MS = isLong ? 30_000 : 5_000
/** How soon others get a message; a longer time where other tests use the machine. */
const DELIVERED_WITHIN_MS = isLong ? 50 : 5 * 50
/** How long an open transaction of a stopped node holds its rows. */
const HELD_MS = 2_000
const ROOM = 'public:stopped'
const HELD = 'public:held'

describe.runIf(hasPostgres())('a node that is stopped, and goes on', () => {
  it(
    'delays nobody else, and serves nothing to a session that has ended',
    { timeout: 90_000 },
    async () => {
      await using postgres = await startPostgres()
      await using stopped = await launchNode({ databaseUrl: postgres.url })
      await using other = await launchNode({ databaseUrl: postgres.url })
      const [token, holderToken, readerToken, writerToken] = await Promise.all(
        [stopped, stopped, other, other].map(acquire),
      )
      const member = await connect(stopped, token ?? '')
      const holder = await connect(stopped, holderToken ?? '')
      const reader = await connect(other, readerToken ?? '')
      const writer = await connect(other, writerToken ?? '')
      const served: unknown[] = []
      const arrivedAt = new Map<unknown, number>()
      member.onAny((name, payload) => served.push([name, payload]))
      reader.on('room:message', ({ data }: { data: unknown }) => {
        arrivedAt.set(data, performance.now())
      })
      for (const one of [member, reader]) await one.emitWithAck('room:join', { room: ROOM })
      await reader.emitWithAck('room:join', { room: HELD })

      /** How long messages of others take, one after the other. */
      const measure = async (forMs: number): Promise<number[]> => {
        const delays: number[] = []
        const endsAt = performance.now() + forMs
        while (performance.now() < endsAt) {
          const data = arrivedAt.size
          const sentAt = performance.now()
          await writer.emitWithAck('room:send', { room: ROOM, data })
          await until(() => arrivedAt.has(data))
          delays.push((arrivedAt.get(data) ?? 0) - sentAt)
          await wait(20)
        }
        return delays
      }
      const usual = await measure(STOPPED_MS / 5)
      holder.emit('hold', { room: HELD, ms: 600_000 })
      await wait(500) // its transaction has locked the room by then
      stopped.suspend()
      const stoppedAt = performance.now()
      const held = writer
        .emitWithAck('room:send', { room: HELD, data: 'after the transaction' })
        .then(() => performance.now() - stoppedAt)
      // These wait in the socket of the stopped node.
      const answers = Promise.allSettled([
        member.emitWithAck('status'),
        member.emitWithAck('room:history', { room: ROOM }),
      ])
      await wait(HELD_MS / 4)
      expect((await request(other, 'DELETE', '/api/session', token ?? '')).ok).toBe(true)
      const delays = await measure(STOPPED_MS - (performance.now() - stoppedAt))
      const heldMs = await held
      served.length = 0
      stopped.resume()
      await new Promise((resolve) => member.once('disconnect', resolve))

      for (const answer of await answers) {
        if (answer.status === 'rejected') continue // the connection was closed instead
        expect(answer.value).toMatchObject({ ok: false, error: { code: 'token_invalid' } })
      }
      expect(served.filter((one) => JSON.stringify(one).includes('room:message'))).toEqual([])
      console.info(
        `stopped for ${String(STOPPED_MS / 1_000)} s: ${String(delays.length)} messages of others, p50 ` +
          `${percentile(delays, 0.5)} ms, p99 ${percentile(delays, 0.99)} ms (before: p50 ${percentile(usual, 0.5)} ms, ` +
          `p99 ${percentile(usual, 0.99)} ms); its rows after ${heldMs.toFixed(0)} ms`,
      )
      expect(Number(percentile(delays, 0.99))).toBeLessThanOrEqual(DELIVERED_WITHIN_MS)
      expect(heldMs).toBeLessThanOrEqual(isLong ? HELD_MS + 500 : 2 * HELD_MS)
      for (const socket of [member, holder, reader, writer]) socket.close()
    },
  )
})
