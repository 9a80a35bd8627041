import { randomUUID } from 'node:crypto'
import type { OutboxItem } from '@yektayar/protocol'
import { command, coreContract, extendContract, json } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { logOf } from './support/logOf.js'
import { answersOf, ROOM, roomClient, sendItem } from './support/roomClient.js'
import { startServer } from './support/server.js'

const contract = extendContract(coreContract, {
  commands: { 'order:place': command({ input: json, output: json, delivery: 'once' }) },
})

/** A client with a copied outbox. The copy has already delivered its own items 1 to `last`. */
async function copiedOutbox(last = 4) {
  const place = vi.fn(() => 'placed')
  const context = await startServer({ contract, commands: { 'order:place': place } })
  const client = await roomClient(context)
  const outbox = randomUUID()
  const items = Array.from({ length: last }, (_, index) => sendItem(index + 1, 'public:copy', 'x'))
  if (last > 0) await client.deliver(outbox, items)
  const ask = client.ask as (name: string, input: unknown) => Promise<never>
  return {
    client,
    place,
    /** Delivers under the outbox id that both share, unless another one is given. */
    deliver: (items: readonly OutboxItem[], previous?: string, id = outbox) =>
      ask('outbox:deliver', { outbox: id, items, ...(previous !== undefined && { previous }) }),
    log: () => logOf(client),
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  }
}

const own = (n: number) => sendItem(n, ROOM, String(n))
const forked = (n: number) => ({ n, ok: false, error: { code: 'outbox_forked' } })

describe('after an item that is refused as outbox_forked', () => {
  it('no later item of its packet runs, so that the order is kept under another outbox id', async () => {
    await using copy = await copiedOutbox()
    const { deliver } = copy
    const items = [own(4), own(5), { n: 6, skip: true as const }, own(7)]
    for (let time = 1; time <= 2; time++) {
      expect(answersOf(await deliver(items))).toMatchObject([4, 5, 6, 7].map(forked))
    }
    expect(await copy.log()).toEqual([])
    const again = [own(4), own(5), own(7)].map((item, index) => ({ ...item, n: index + 1 }))
    await deliver(again, undefined, randomUUID())
    expect(await copy.log()).toEqual(['4', '5', '7'])
    // The copy continues where it was.
    expect(answersOf(await deliver([sendItem(5, 'public:copy', 'x')]))).toMatchObject([
      { ok: true },
    ])
  })

  it('no item of the next packet in flight runs', async () => {
    await using copy = await copiedOutbox()
    const [first, second] = await Promise.all([
      copy.deliver([own(4)], 'key-3'),
      copy.deliver([own(5), own(6)], 'key-4'),
    ])
    expect(answersOf(first)).toMatchObject([forked(4)])
    expect(answersOf(second)).toMatchObject([forked(5), forked(6)])
    expect(await copy.deliver([own(7)], 'key-6')).toEqual({ expected: 5 })
    expect(await copy.log()).toEqual([])
  })

  it('no handler of an app command runs, although it has its own transaction', async () => {
    await using copy = await copiedOutbox()
    const order = (n: number) => ({ n, name: 'order:place', input: n, key: `order-${String(n)}` })
    const items = [own(4), order(5), own(6), order(7), own(8)]
    expect(answersOf(await copy.deliver(items))).toMatchObject([4, 5, 6, 7, 8].map(forked))
    expect(answersOf(await copy.deliver([order(5)], 'key-4'))).toMatchObject([forked(5)])
    expect(copy.place).not.toHaveBeenCalled()
    expect(await copy.log()).toEqual([])
  })

  it('the next item does not run either if the copy has skipped that number', async () => {
    await using copy = await copiedOutbox()
    await copy.deliver([{ n: 5, skip: true }], 'key-x')
    expect(answersOf(await copy.deliver([own(5)], 'key-x'))).toMatchObject([forked(5)])
    expect(answersOf(await copy.deliver([own(6)], 'key-5'))).toMatchObject([forked(6)])
    expect(answersOf(await copy.deliver([own(6)], ''))).toMatchObject([{ n: 6, ok: true }])
    expect(await copy.log()).toEqual(['6'])
  })
})

describe('the fork check of an outbox', () => {
  it('accepts items if the key of the previous item matches, is unknown or stands for a skip', async () => {
    await using copy = await copiedOutbox(0)
    const { deliver } = copy
    const ok = (n: number) => [{ n, ok: true }]
    expect(answersOf(await deliver([own(1)], 'whatever'))).toMatchObject(ok(1))
    expect(answersOf(await deliver([own(2)], 'key-1'))).toMatchObject(ok(2))
    expect(answersOf(await deliver([own(3)]))).toMatchObject(ok(3))
    expect(answersOf(await deliver([{ n: 4, skip: true }], 'key-3'))).toMatchObject(ok(4))
    expect(answersOf(await deliver([own(5)], ''))).toMatchObject(ok(5))
    const again = await deliver([own(2), own(3), { n: 4, skip: true }, own(5), own(6)], 'key-1')
    expect(answersOf(again)).toMatchObject([2, 3, 4, 5, 6].map((n) => ({ n, ok: true })))
    expect(answersOf(await deliver([{ n: 6, skip: true }, own(7)], 'key-5'))).toMatchObject([
      { n: 6, ok: true },
      { n: 7, ok: true },
    ])
    expect(await copy.log()).toEqual(['1', '2', '3', '5', '6', '7'])
  })

  it('still detects a copied outbox after the stored answers have expired', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    try {
      await using copy = await copiedOutbox()
      vi.advanceTimersByTime(25 * 60 * 60_000)
      expect(answersOf(await copy.deliver([own(4), own(5)]))).toMatchObject([forked(4), forked(5)])
      expect(await copy.log()).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })
})
