import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../../scripts/lib/postgres.mjs'
import { checkHistory } from '../faults/support/checkHistory.js'
import { faultSeed } from '../faults/support/faultSeed.js'
import { runMix } from './support/runMix.js'

/** How long the whole run disrupts, in which clients send more than 20,000 commands. */
const LONG_SECONDS = 300

const isLong = process.env.CLUSTER === 'long'
const seconds = isLong ? LONG_SECONDS : 9
const seed = faultSeed(process.env)

/** Needs a server of its own, which it may crash. */
const isThere = hasPostgres() && !process.env.TEST_DATABASE_URL

describe.runIf(isThere)('four nodes on one database', () => {
  it(
    'lose nothing and double nothing while connections, nodes and PostgreSQL fail',
    { timeout: (seconds + 180) * 1_000 },
    async () => {
      console.info(`FAULT_SEED=${String(seed)} repeats these faults`)
      const { history, adds, rows, faults, crashed, ...after } = await runMix({ seconds, seed })
      const { sent, log, subscribers } = history
      const commands = adds.reduce((sum, { called }) => sum + called, sent.length)
      const positions = subscribers.reduce(
        (sum, { seen }) => sum + seen.filter(({ kind }) => kind === 'message').length,
        0,
      )
      console.info(
        `${String(commands)} commands in ${String(seconds)} s, ${String(positions)} positions, ` +
          `${JSON.stringify(faults)}, after the last fault ${JSON.stringify(after)}`,
      )
      expect(crashed).toEqual([])
      expect(checkHistory(history)).toEqual([])
      expect(sent.filter(({ settled }) => settled !== 'delivered')).toEqual([])
      expect(log).toHaveLength(sent.length)
      for (const { sender, called, settled } of adds) {
        expect(settled).toBe(called)
        expect(rows.get(sender)).toEqual(Array.from({ length: called }, (_, n) => n))
      }
      expect(
        subscribers.flatMap(({ seen }) => seen).filter(({ kind }) => kind === 'reset'),
      ).toEqual([])
      expect(faults.crashes).toBe(2)
      expect(Math.min(faults.kill ?? 0, faults.reset ?? 0, faults.terminated ?? 0)).toBeGreaterThan(
        0,
      )
      if (isLong) {
        expect(commands).toBeGreaterThanOrEqual(20_000)
        expect(positions).toBeGreaterThanOrEqual(100_000)
      }
    },
  )
})
