import { describe, expect, it } from 'vitest'
import { YektaYarSocket } from '../src/index.js'
import { eventually } from './support/eventually.js'
import { numbers } from './support/numbers.js'
import { deliverAll, scriptServer } from './support/scriptedServer.js'
import { rejection } from './support/server.js'

describe('what an app can do with its outbox', () => {
  it('is to give up an item, whose number is then skipped', async () => {
    await using server = await scriptServer(deliverAll)
    const client = server.client()
    const [first, second] = [rejection(client.sendMessage('a')), client.sendMessage('b')]
    const [item] = client.outbox.getSnapshot().items
    expect(client.outbox.cancel(item?.id ?? '')).toBe(true)
    expect(await first).toMatchObject({ code: 'aborted', mayHaveRun: false })
    await client.connect()
    expect(await second).toBe(2)
    expect(server.packets[0]?.items).toMatchObject([
      { n: 1, skip: true },
      { n: 2, input: 'b' },
    ])
    expect(client.outbox.getSnapshot().items).toMatchObject([{ state: 'failed', input: 'a' }])
    expect(client.outbox.cancel(item?.id ?? '')).toBe(true)
    expect(client.outbox.getSnapshot().items).toEqual([])
    expect(client.outbox.cancel(item?.id ?? '')).toBe(false)
  })

  it('is to give up one that was sent, and may have run', async () => {
    await using server = await scriptServer(() => undefined)
    const client = server.client()
    await client.connect()
    const sent = rejection(client.sendMessage('a'))
    await eventually(() => {
      expect(server.packets).toHaveLength(1)
    })
    client.outbox.cancel(client.outbox.getSnapshot().items[0]?.id ?? '')
    expect(await sent).toMatchObject({ code: 'aborted', mayHaveRun: true })
    server.play(deliverAll)
    server.cut()
    await eventually(() => {
      expect(server.packets[1]?.items).toEqual([{ n: 1, skip: true }])
    })
  })

  it('is to send a failed one again, as a new one', async () => {
    await using server = await scriptServer(deliverAll)
    const client = server.client()
    await rejection(client.sendMessage('a', { timeoutMs: 1 }))
    const [before] = client.outbox.getSnapshot().items
    const again = client.outbox.retry(before?.id ?? '')
    const [after] = client.outbox.getSnapshot().items
    expect(after).toMatchObject({ state: 'queued', input: 'a' })
    expect(after?.id).not.toBe(before?.id)
    expect(await rejection(client.outbox.retry(after?.id ?? ''))).toMatchObject({
      code: 'not_found',
    })
    await client.connect()
    expect(await again).toBe(2)
  })

  it('is to look at the newest 100 that failed', () => {
    const client = new YektaYarSocket('token')
    for (let index = 0; index < 130; index++) {
      void client.sendMessage(index)
      client.outbox.cancel(client.outbox.getSnapshot().items.at(-1)?.id ?? '')
    }
    expect(client.outbox.getSnapshot().items.map(({ input }) => input)).toEqual(numbers(30, 129))
  })

  it('is to do all that from a listener', async () => {
    await using server = await scriptServer(deliverAll)
    const client = server.client()
    await client.connect()
    const stop = client.outbox.subscribe(({ items }) => {
      if (items.some(({ state }) => state === 'sending')) client.outbox.clear()
    })
    const sent = await Promise.allSettled([client.sendMessage('a'), client.sendMessage('b')])
    stop()
    expect(sent.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(client.outbox.getSnapshot().items).toEqual([])
    expect(await client.sendMessage('c')).toBe(1)
  })
})
