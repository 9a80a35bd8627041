import { expect, it } from 'vitest'
import { assertDelivered, faultProxy, startTestServer } from '../src/index.js'
import { startPeer } from './support/startPeer.js'

it('resolves when so many faults have happened, planned or not', async () => {
  await using peer = await startPeer()
  const kinds: string[] = []
  await using proxy = await faultProxy({
    target: peer.target,
    seed: 1,
    resetEveryMs: 5,
    onFault: ({ kind }) => kinds.push(kind),
  })
  proxy.stall({ forMs: 1 })
  await proxy.untilFaults(3)
  expect(kinds.slice(0, 3)).toEqual(['stall', 'reset', 'reset'])
  expect(proxy.faults).toBe(kinds.length)
  await proxy.untilFaults(2) // already there
})

it('waits for one more', async () => {
  await using peer = await startPeer()
  await using proxy = await faultProxy({ target: peer.target })
  proxy.reset()
  let isThere = false
  const waiting = proxy.untilFaults(proxy.faults + 1).then(() => {
    isThere = true
  })
  await Promise.resolve()
  expect(isThere).toBe(false)
  proxy.drop()
  await waiting
})

it('rejects when the proxy is closed before that, and refuses what is no count', async () => {
  await using peer = await startPeer()
  const proxy = await faultProxy({ target: peer.target })
  proxy.reset()
  const waiting = proxy.untilFaults(3)
  await proxy.close()
  await expect(waiting).rejects.toThrow('after 1 of the 3 faults')
  await expect(proxy.untilFaults(2)).rejects.toThrow('after 1 of the 2 faults')
  for (const count of [0, 1.5, NaN, -1, Infinity]) {
    await expect(proxy.untilFaults(count)).rejects.toThrow(RangeError)
  }
})

it('tells, with an assertion, that faults have lost and doubled nothing', async () => {
  await using backend = await startTestServer()
  await using proxy = await faultProxy({ target: backend.url, seed: 3, resetEveryMs: [10, 40] })
  const sender = backend.client({ url: proxy.url })
  const reader = backend.client()
  await Promise.all([sender.connect().catch(() => undefined), reader.connect()])
  const room = reader.room('public:lobby')
  await room.join()
  const sent = Array.from({ length: 20 }, (_, n) => `message ${String(n)}`)
  const deliveries = sent.map((text) => sender.room('public:lobby').send(text))
  await proxy.untilFaults(3)
  proxy.heal()
  await Promise.all(deliveries)
  await expect
    .poll(() => room.messages.length, { timeout: 5_000 })
    .toBeGreaterThanOrEqual(sent.length)
  assertDelivered(
    sent,
    room.messages.map(({ data }) => data),
  )
})

it('closes without `await using`, twice as once', async () => {
  await using peer = await startPeer()
  const proxy = await faultProxy({ target: peer.target })
  await Promise.all([proxy.close(), proxy.close()])
  await proxy.close()
  await expect(fetch(proxy.url)).rejects.toThrow()
})
