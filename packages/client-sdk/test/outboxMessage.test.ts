import type { Json } from '@yektayar/protocol'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { YektaYarSocket } from '../src/index.js'
import { eventually } from './support/eventually.js'
import { deliverAll, scriptServer } from './support/scriptedServer.js'
import { rejection, startServer } from './support/server.js'
import { watchOutbox } from './support/watchOutbox.js'

afterEach(() => {
  vi.useRealTimers()
})

/** Records the states of each outbox item, keyed by its input. */
function watchStates(client: YektaYarSocket) {
  const states: Record<string, string[]> = {}
  watchOutbox(client.outbox, ({ input }, state) => {
    const list = (states[input as string] ??= [])
    if (list.at(-1) !== state) list.push(state)
  })
  return states
}

describe('a message', () => {
  it('waits for the first connection and is delivered once it is there', async () => {
    await using context = await startServer()
    const client = context.client()
    const states = watchStates(client)
    const sent = client.sendMessage('early')
    expect(client.outbox.getSnapshot().items).toMatchObject([
      { name: 'message', input: 'early', state: 'queued', error: null },
    ])
    expect(Object.isFrozen(client.outbox.getSnapshot().items[0])).toBe(true)
    await client.connect()
    expect(await sent).toMatchObject({ success: true })
    expect(client.outbox.getSnapshot().items).toEqual([])
    expect(states).toEqual({ early: ['queued', 'sending', 'gone'] })
  })

  it('survives a server that is away, and disconnect() with connect()', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    await context.stop()
    const first = client.sendMessage('through a restart')
    await context.restart()
    expect(await first).toMatchObject({ success: true })
    await client.disconnect()
    const second = client.sendMessage('through a pause')
    await client.connect()
    expect(await second).toMatchObject({ success: true })
  })

  it('is a copy of what was passed', async () => {
    await using context = await startServer()
    const client = context.client()
    const input = { text: 'as it was' }
    const sent = client.sendMessage(input)
    input.text = 'as it is'
    await client.connect()
    expect((await sent).data).toEqual({ text: 'as it was' })
  })

  it('is given up by its time or its signal as long as it was not sent', async () => {
    const client = new YektaYarSocket('token')
    const controller = new AbortController()
    const aborted = rejection(client.sendMessage('a', { signal: controller.signal }))
    controller.abort()
    const timedOut = rejection(client.sendMessage('b', { timeoutMs: 5 }))
    expect(await aborted).toMatchObject({ code: 'aborted', mayHaveRun: false })
    expect(await timedOut).toMatchObject({ code: 'timeout', mayHaveRun: false })
    expect(client.outbox.getSnapshot().items.map(({ state }) => state)).toEqual([
      'failed',
      'failed',
    ])
  })

  it('goes on after its time when it was sent', async () => {
    await using server = await scriptServer(() => undefined)
    const client = server.client()
    await client.connect()
    const states = watchStates(client)
    const error = await rejection(client.sendMessage('late', { timeoutMs: 30 }))
    expect(error).toMatchObject({ code: 'timeout', mayHaveRun: true })
    server.play(deliverAll)
    server.cut()
    await eventually(() => {
      expect(states.late).toEqual(['sending', 'gone'])
    })
  })

  it('is refused at once when it is no JSON, too large or one too many', async () => {
    const client = new YektaYarSocket({ token: 'x', outbox: { maxItems: 2, maxBytes: 100_000 } })
    expect(await rejection(client.sendMessage(1n as never))).toMatchObject({
      code: 'invalid_input',
    })
    expect(await rejection(client.sendMessage('x'.repeat(66_000)))).toMatchObject({
      code: 'payload_too_large',
    })
    void client.sendMessage('x'.repeat(60_000))
    expect(await rejection(client.sendMessage('x'.repeat(60_000)))).toMatchObject({
      code: 'outbox_full',
      mayHaveRun: false,
    })
    void client.sendMessage('x')
    expect(await rejection(client.sendMessage('x'))).toMatchObject({ code: 'outbox_full' })
  })

  it('expires when nothing can be delivered for too long, also without a connection', async () => {
    vi.useFakeTimers()
    const client = new YektaYarSocket({ token: 'x', outbox: { maxAgeMs: 60_000 } })
    const sent = rejection(client.sendMessage('x'))
    await vi.advanceTimersByTimeAsync(60_001)
    expect(await sent).toMatchObject({ code: 'outbox_expired', mayHaveRun: false })
  })

  it('at the edge of what a packet holds is taken by the server', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    const deep = JSON.parse('['.repeat(29) + ']'.repeat(29)) as Json
    const many = Object.fromEntries(Array.from({ length: 990 }, (_, n) => [`k${String(n)}`, n]))
    await Promise.all([
      client.sendMessage('x'.repeat(65_100)),
      client.sendMessage('x'.repeat(65_100)),
      client.sendMessage(deep),
      client.sendMessage(many),
      client.sendMessage(many),
    ])
    expect(client.getSnapshot().status).toBe('connected')
    expect(await rejection(client.sendMessage([deep]))).toMatchObject({ code: 'invalid_input' })
  })
})
