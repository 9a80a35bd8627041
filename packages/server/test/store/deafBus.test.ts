import { setTimeout as pass } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { NotifyBus } from '../../src/store/postgres/bus/notifyBus.js'
import { ServerWatch } from '../../src/store/postgres/serverWatch.js'
import { answerOtherwise } from '../support/answerOtherwise.js'
import { kinds } from '../support/openStores.js'
import { emptyPostgres } from '../support/testDatabase.js'

/** A bus that is open for some ticks. Returns what it says at each of them of whether it is deaf. */
async function ticksOf(databaseUrl: string, count: number): Promise<boolean[]> {
  const ticks: boolean[] = []
  const bus = await NotifyBus.open({
    ...{ databaseUrl, busyTimeoutMs: 5_000, server: new ServerWatch(5_000) },
    ping: () => '{}',
    onHint: () => undefined,
    onLost: () => undefined,
    onTick: (isDeaf) => ticks.push(isDeaf),
    log: { debug: () => undefined } as never,
  })
  while (ticks.length < count) await pass(50)
  expect(bus.isOpen).toBe(!ticks.at(-1))
  await bus.close()
  return ticks
}

describe.runIf(kinds.length > 1)('a bus over NOTIFY', () => {
  it('that hears its pings is not deaf', async () => {
    expect(await ticksOf(await emptyPostgres(), 3)).toEqual([false, false, false])
  })

  it('that connects and hears nothing is deaf at each tick, however often it connects anew', async () => {
    const databaseUrl = await emptyPostgres()
    await answerOtherwise(databaseUrl, 'pg_notify(text, text)', 'void', '')
    const ticks = await ticksOf(databaseUrl, 8)
    expect(ticks).toEqual(ticks.map(() => true))
  })
})
