import { describe, expect, it } from 'vitest'
import type { LimitCharge, LimitOutcome, StrictLimits } from '../../src/store/strictLimits.js'
import { kinds, openStores } from '../support/openStores.js'
import { queryPostgres } from '../support/queryPostgres.js'
import { range } from '../support/range.js'
import { emptyPostgres } from '../support/testDatabase.js'

const limits = {
  signInsPerAddressPerMinute: 3,
  signInsPerAccountPerMinute: 2,
  acquiresPerAddressPerMinute: 4,
}

function byAddress(key: string, windowMs = 60_000): LimitCharge {
  return { name: 'signInsPerAddressPerMinute', key, windowMs, kind: 'window' }
}

function byAccount(key: string): LimitCharge {
  return { name: 'signInsPerAccountPerMinute', key, windowMs: 60_000, kind: 'window' }
}

function byBucket(key: string, windowMs = 60_000): LimitCharge {
  return { name: 'acquiresPerAddressPerMinute', key, windowMs, kind: 'bucket' }
}

const isTaken = (outcome: LimitOutcome) => 'receipt' in outcome

/** The limits that have refused, or `undefined` for what was charged. */
const refusing = (outcome: LimitOutcome) =>
  'refusal' in outcome ? outcome.refusal.charge.name : undefined

async function takeAtOnce(count: number, one: StrictLimits, charges: readonly LimitCharge[]) {
  return Promise.all(range(1, count).map(() => one.take(charges)))
}

describe.each(kinds)('limits of a store in %s', (kind) => {
  it('never let more attempts pass than a window allows, however many come at once', async () => {
    await using context = await openStores(kind, { limits })
    const { strictLimits } = context.store
    const outcomes = await takeAtOnce(20, strictLimits, [byAddress('a')])
    expect(outcomes.filter(isTaken)).toHaveLength(3)
    const other = await strictLimits.take([byAddress('b')])
    expect(isTaken(other)).toBe(true)
  })

  it('charge an attempt to all of its limits, or to none', async () => {
    await using context = await openStores(kind, { limits })
    const { take } = context.store.strictLimits
    for (const account of ['x', 'x']) await take([byAddress('a'), byAccount(account)])
    const refused = await take([byAddress('a'), byAccount('x')])
    expect(refusing(refused)).toBe('signInsPerAccountPerMinute')
    expect(refusing(await take([byAddress('a'), byAccount('y')]))).toBeUndefined()
    expect(refusing(await take([byAddress('a'), byAccount('y')]))).toBe(
      'signInsPerAddressPerMinute',
    )
  })

  it('give back what did not fail, and say whether more may be given back', async () => {
    await using context = await openStores(kind, { limits })
    const { take, settle } = context.store.strictLimits
    const charges = [byAddress('a')]
    const receipts = (await takeAtOnce(3, context.store.strictLimits, charges)).map((outcome) => {
      if ('receipt' in outcome) return outcome.receipt
      throw new Error('It was refused')
    })
    expect(await take(charges)).toMatchObject({ refusal: { isHeld: true } })
    for (const [index, receipt] of receipts.entries()) await settle(receipt, index > 0)
    expect(isTaken(await take(charges))).toBe(true)
    const last = await take(charges)
    expect(last).toMatchObject({ refusal: { isHeld: true } })
    const { retryAfterMs } = 'refusal' in last ? last.refusal : { retryAfterMs: 0 }
    expect(retryAfterMs).toBeGreaterThan(50_000)
    expect(retryAfterMs).toBeLessThanOrEqual(60_000)
  })

  it('allow again what is older than the window, and fill a bucket evenly', async () => {
    await using context = await openStores(kind, { limits })
    const { strictLimits } = context.store
    const [window, bucket] = [[byAddress('a', 400)], [byBucket('a', 800)]]
    await takeAtOnce(3, strictLimits, window)
    const full = await takeAtOnce(5, strictLimits, bucket)
    expect(full.filter(isTaken)).toHaveLength(4)
    const refused = full.find((outcome) => 'refusal' in outcome)
    expect(refused).toMatchObject({
      refusal: { retryAfterMs: expect.toSatisfy((ms: number) => ms > 0 && ms <= 200) as number },
    })
    await expect.poll(async () => isTaken(await strictLimits.take(window))).toBe(true)
    await expect.poll(async () => isTaken(await strictLimits.take(bucket))).toBe(true)
  })
})

describe.runIf(kinds.length > 1)('limits of several processes on PostgreSQL', () => {
  it('hold over all of them', async () => {
    await using context = await openStores('PostgreSQL', { limits })
    const others = await Promise.all([context.open(), context.open()])
    const stores = [context.store, ...others.map(({ store }) => store)]
    const charges = [byAddress('a'), byAccount('x')]
    const outcomes = await Promise.all(
      stores.map(({ strictLimits }) => takeAtOnce(20, strictLimits, charges)),
    )
    expect(outcomes.flat().filter(isTaken)).toHaveLength(2)
  })

  it('do not deadlock where attempts share limits in any order', async () => {
    await using context = await openStores('PostgreSQL', {
      limits: { signInsPerAddressPerMinute: 1_000, signInsPerAccountPerMinute: 1_000 },
    })
    const { store: other } = await context.open()
    const taken = await Promise.all(
      range(1, 200).map(async (index) => {
        const { strictLimits } = index % 2 ? context.store : other
        const keys = index % 3 ? ['a', 'b'] : ['b', 'a']
        const outcome = await strictLimits.take(
          keys.flatMap((key) => [byAddress(key), byAccount(key)]),
        )
        if ('receipt' in outcome) await strictLimits.settle(outcome.receipt, index % 5 === 0)
        return isTaken(outcome)
      }),
    )
    expect(new Set(taken)).toEqual(new Set([true]))
  })

  it('keep nobody waiting for more than a window after the clock went back', async () => {
    const databaseUrl = await emptyPostgres()
    await using context = await openStores('PostgreSQL', { limits, databaseUrl })
    const charges = [byAddress('a'), byBucket('a')]
    await takeAtOnce(3, context.store.strictLimits, charges)
    await queryPostgres(
      databaseUrl,
      `update yektayar.limits
       set times = array(select t + 3600000 from unnest(times) t), held = '{}'`,
    )
    const refused = await context.store.strictLimits.take(charges)
    const { retryAfterMs } = 'refusal' in refused ? refused.refusal : { retryAfterMs: 0 }
    expect(retryAfterMs).toBeGreaterThan(0)
    expect(retryAfterMs).toBeLessThanOrEqual(60_000)
  })

  it('are removed once they are no longer needed', async () => {
    const databaseUrl = await emptyPostgres()
    await using context = await openStores('PostgreSQL', { limits, databaseUrl })
    await queryPostgres(databaseUrl, `insert into yektayar.limits (key, until) values ('old', 1)`)
    await context.store.strictLimits.take([byAddress('a')])
    await expect
      .poll(() => queryPostgres(databaseUrl, 'select key from yektayar.limits'))
      .toEqual([{ key: 'signInsPerAddressPerMinute a' }])
  })

  it('ask the database no more once it has refused for good', async () => {
    const databaseUrl = await emptyPostgres()
    await using context = await openStores('PostgreSQL', { limits, databaseUrl })
    const { take, settle } = context.store.strictLimits
    const outcomes = await takeAtOnce(3, context.store.strictLimits, [byAddress('a')])
    for (const outcome of outcomes) if ('receipt' in outcome) await settle(outcome.receipt, true)
    expect(isTaken(await take([byAddress('a')]))).toBe(false)
    await queryPostgres(databaseUrl, 'drop table yektayar.limits')
    expect(await take([byAddress('a')])).toMatchObject({ refusal: { isHeld: false } })
    await expect(take([byAddress('b')])).rejects.toMatchObject({ code: 'store_unavailable' })
  })
})
