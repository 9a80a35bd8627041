import { expect, it } from 'vitest'
import { checkHistory } from './support/checkHistory.js'
import { runFaults } from './support/runFaults.js'

const seconds = Number(process.env.FAULT_SECONDS ?? 20)
const seed = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31))

it(
  'loses nothing and doubles nothing while connections break, answers vanish and servers die',
  { timeout: (seconds + 120) * 1_000 },
  async () => {
    console.info(`FAULT_SEED=${String(seed)} repeats these faults`)
    const { history, kills, resets } = await runFaults({ seconds, seed })
    const { sent, log } = history
    console.info(
      `${String(sent.length)} messages, ${String(resets)} resets, ${String(kills)} kills in ${String(seconds)} s`,
    )
    expect(checkHistory(history)).toEqual([])
    expect(sent.filter(({ settled }) => settled !== 'delivered')).toEqual([])
    expect(log).toHaveLength(sent.length)
    expect(sent.length).toBeGreaterThan(seconds * 10)
    expect(kills).toBeGreaterThan(0)
  },
)
