import { command, coreContract, extendContract, json } from '@yektayar/protocol'
import type { Json } from '@yektayar/protocol'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { YektaYarSocket } from '../src/index.js'
import type { OutboxItem } from '../src/index.js'
import { eventually } from './support/eventually.js'
import { deliverAll, scriptServer } from './support/scriptedServer.js'
import { rejection, startServer } from './support/server.js'

const unlimited = {
  limits: { commandsPerSessionPerSecond: 10_000, commandBurstPerSession: 10_000 },
}

afterEach(() => {
  vi.useRealTimers()
})

/** The states that items of a client went through, by their input. */
function watchStates(client: YektaYarSocket) {
  const states: Record<string, string[]> = {}
  client.outbox.onChange((item) => {
    if (!item) return
    const list = (states[item.input as string] ??= [])
    if (list.at(-1) !== item.state) list.push(item.state)
  })
  return states
}

/** What a session's own room holds, in order. */
async function stored(client: YektaYarSocket, room: string): Promise<Json[]> {
  const { messages } = await client.room(room).history({ limit: 200 })
  return messages.map(({ data }) => data)
}

describe('a message', () => {
  it('waits for the first connection and is delivered once it is there', async () => {
    await using context = await startServer()
    const client = context.client()
    const states = watchStates(client)
    const sent = client.sendMessage('early')
    expect(client.outbox.list()).toMatchObject([
      { name: 'message', input: 'early', state: 'queued', error: null },
    ])
    expect(Object.isFrozen(client.outbox.list()[0])).toBe(true)
    await client.connect()
    expect(await sent).toMatchObject({ success: true })
    expect(client.outbox.list()).toEqual([])
    expect(states).toEqual({ early: ['queued', 'sending', 'delivered'] })
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
    expect(client.outbox.list().map(({ state }) => state)).toEqual(['failed', 'failed'])
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
      expect(states.late).toEqual(['queued', 'sending', 'delivered'])
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
    expect(client.snapshot.status).toBe('connected')
    expect(await rejection(client.sendMessage([deep]))).toMatchObject({ code: 'invalid_input' })
  })
})

describe('an outbox', () => {
  it('sends what was queued together in one packet, and at most 32 at a time', async () => {
    await using server = await scriptServer(() => undefined)
    const client = server.client()
    await client.connect()
    for (let index = 0; index < 40; index++) void client.sendMessage(index)
    await eventually(() => {
      expect(server.packets).toHaveLength(1)
    })
    expect(server.packets[0]?.items.map(({ n }) => n)).toEqual(numbers(1, 32))
    server.play(deliverAll)
    server.cut()
    await eventually(() => {
      expect(client.outbox.list()).toEqual([])
    })
    const [first, again, rest] = server.packets
    expect(again).toEqual(first)
    expect(rest?.items.map(({ n }) => n)).toEqual(numbers(33, 40))
  })

  it('keeps the order through lost connections, and nothing is doubled', async () => {
    await using context = await startServer(unlimited)
    const client = context.client()
    let packets = 0
    context.server.io.on('connection', (socket) => {
      socket.onAny((name: string) => {
        // Every other packet arrives, and its answer does not.
        if (name === 'outbox:deliver' && ++packets % 2 === 0) socket.conn.close()
      })
    })
    await client.connect()
    await Promise.all(numbers(0, 299).map((n) => client.room('public:order').send(n)))
    const reader = context.client()
    await reader.connect()
    const newest = await stored(reader, 'public:order')
    expect(packets).toBeGreaterThan(15)
    expect(newest).toEqual(numbers(100, 299))
    const { messages } = await reader.room('public:order').history({ before: 101, limit: 200 })
    expect(messages.map(({ data }) => data)).toEqual(numbers(0, 99))
  })

  it('carries an app’s own once commands, by the contract or by the call', async () => {
    const contract = extendContract(coreContract, {
      commands: { 'note:add': command({ input: json, output: json, delivery: 'once' }) },
    })
    await using server = await scriptServer(deliverAll)
    const known = server.client({ contract: contract }) // a client of its own would know the names
    await known.connect()
    expect(await known.call('note:add' as 'echo', 'x')).toBe(1)
    const told = server.client()
    await told.connect()
    expect(await told.call('note:add' as 'echo', 'x', { delivery: 'once' })).toBe(1)
    expect(server.packets.map(({ items }) => items[0]?.name)).toEqual(['note:add', 'note:add'])
  })

  it('goes on after an item that the server refuses', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    const [refused, taken] = await Promise.allSettled([
      client.room('user:somebody').send('x'),
      client.room('public:any').send('y'),
    ])
    expect(refused).toMatchObject({ reason: { code: 'room_forbidden', mayHaveRun: false } })
    expect(taken).toMatchObject({ value: { room: 'public:any', seq: 1 } })
  })

  it('waits when the server asks for it', async () => {
    await using context = await startServer({ limits: { commandBurstPerSession: 10 } })
    const client = context.client()
    await client.connect()
    await Promise.all(numbers(1, 15).map((index) => client.sendMessage(index)))
    expect(client.outbox.list()).toEqual([])
  })

  it('sends again from the oldest when an answer does not come in time', async () => {
    await using server = await scriptServer(() => undefined)
    const client = server.client({ callTimeoutMs: 30 })
    await client.connect()
    const sent = client.sendMessage('x')
    await eventually(() => {
      expect(server.packets.length).toBeGreaterThan(1)
    })
    server.play(deliverAll)
    expect(await sent).toBe(1)
    expect(new Set(server.packets.map((packet) => JSON.stringify(packet))).size).toBe(1)
  })

  it.each([
    ['a temporary failure', { code: 'store_unavailable', message: '', retryable: true }],
    ['an answer that is none', { nonsense: true }],
    ['answers to something else', { answers: [{ n: 99, ok: true }] }],
    ['a wish for the number it has', { expected: 1 }],
  ])('sends the same again after %s', async (_what, delivered) => {
    await using server = await scriptServer((_packet, answer) => {
      server.play(deliverAll)
      answer(delivered)
    })
    const client = server.client()
    await client.connect()
    expect(await client.sendMessage('x')).toBe(1)
    expect(server.packets).toHaveLength(2)
    expect(server.packets[1]).toEqual(server.packets[0])
  })

  it('does not wait any longer once there is another connection', async () => {
    await using server = await scriptServer((_packet, answer) => {
      server.play(deliverAll)
      answer({ retryAfterMs: 60_000 })
    })
    const client = server.client()
    await client.connect()
    const sent = client.sendMessage('x')
    await eventually(() => {
      expect(client.outbox.list()).toMatchObject([{ state: 'queued' }])
      expect(server.packets).toHaveLength(1)
    })
    await client.disconnect()
    await client.connect()
    expect(await sent).toBe(1)
  })

  it('fails what the server will never take, and goes on', async () => {
    await using server = await scriptServer((_packet, answer) => {
      server.play(deliverAll)
      answer({ code: 'unknown_command', message: 'no outboxes here', retryable: false })
    })
    const client = server.client()
    await client.connect()
    expect(await rejection(client.sendMessage('x'))).toMatchObject({
      code: 'unknown_command',
      mayHaveRun: false,
    })
    expect(await client.sendMessage('y')).toBe(2)
  })

  it('goes on under another id when the server does not know its numbers any more', async () => {
    await using server = await scriptServer(deliverAll)
    const client = server.client()
    await client.connect()
    await client.sendMessage('before')
    server.play((packet, answer) => {
      if (packet.items[0]?.n === 1) deliverAll(packet, answer)
      else answer({ expected: 1 })
    })
    await Promise.all([client.sendMessage('a'), client.sendMessage('b')])
    const [old, refused, fresh] = server.packets
    expect(refused?.outbox).toBe(old?.outbox)
    expect(fresh?.outbox).not.toBe(old?.outbox)
    expect(fresh?.items).toMatchObject([
      { n: 1, input: 'a' },
      { n: 2, input: 'b' },
    ])
  })

  it('goes on under another id where it was copied, and confirms nothing that did not run', async () => {
    await using server = await scriptServer(({ items }, answer) => {
      server.play(deliverAll)
      const error = { code: 'outbox_forked', message: '', retryable: false }
      answer({
        answers: items.map(({ n }) =>
          n < 3 ? { n, ok: false, error } : { n, ok: true, data: 'ran' },
        ),
      })
    })
    const client = server.client()
    await client.connect()
    const sent = await Promise.all(['a', 'b', 'c'].map((text) => client.sendMessage(text)))
    expect(sent).toEqual([1, 2, 'ran'])
    const [copied, fresh] = server.packets
    expect(fresh?.outbox).not.toBe(copied?.outbox)
    expect(fresh?.items).toMatchObject([
      { n: 1, input: 'a' },
      { n: 2, input: 'b' },
    ])
  })

  it('says that an item may have run whose answer is not kept any more', async () => {
    await using server = await scriptServer(({ items }, answer) => {
      const error = { code: 'answer_expired', message: '', retryable: false }
      answer({ answers: items.map(({ n }) => ({ n, ok: false, error })) })
    })
    const client = server.client()
    await client.connect()
    expect(await rejection(client.sendMessage('x'))).toMatchObject({
      code: 'answer_expired',
      mayHaveRun: true,
    })
  })
})

describe('what an app can do with its outbox', () => {
  it('is to give up an item, whose number is then skipped', async () => {
    await using server = await scriptServer(deliverAll)
    const client = server.client()
    const [first, second] = [rejection(client.sendMessage('a')), client.sendMessage('b')]
    const [item] = client.outbox.list()
    expect(client.outbox.cancel(item?.id ?? '')).toBe(true)
    expect(await first).toMatchObject({ code: 'aborted', mayHaveRun: false })
    await client.connect()
    expect(await second).toBe(2)
    expect(server.packets[0]?.items).toMatchObject([
      { n: 1, skip: true },
      { n: 2, input: 'b' },
    ])
    expect(client.outbox.list()).toMatchObject([{ state: 'failed', input: 'a' }])
    expect(client.outbox.cancel(item?.id ?? '')).toBe(true)
    expect(client.outbox.list()).toEqual([])
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
    client.outbox.cancel(client.outbox.list()[0]?.id ?? '')
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
    const [before] = client.outbox.list()
    const again = client.outbox.retry(before?.id ?? '')
    const [after] = client.outbox.list()
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
      client.outbox.cancel(client.outbox.list().at(-1)?.id ?? '')
    }
    expect(client.outbox.list().map(({ input }) => input)).toEqual(numbers(30, 129))
  })

  it('is to do all that from a listener', async () => {
    await using server = await scriptServer(deliverAll)
    const client = server.client()
    await client.connect()
    const stop = client.outbox.onChange((item?: OutboxItem) => {
      if (item?.state === 'sending') client.outbox.clear()
    })
    const sent = await Promise.allSettled([client.sendMessage('a'), client.sendMessage('b')])
    stop()
    expect(sent.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(client.outbox.list()).toEqual([])
    expect(await client.sendMessage('c')).toBe(1)
  })
})

describe('the session of an outbox', () => {
  const signingIn = { authenticate: ({ username = '' }) => `user-${username}` }

  it('may be renewed and signed in while items wait', async () => {
    await using context = await startServer(signingIn)
    const client = context.client()
    await client.connect()
    const sent = client.sendMessage('x')
    await client.session.renew()
    await client.session.signIn({ username: 'sara' })
    expect(await sent).toMatchObject({ success: true })
    expect(await client.sendMessage('y')).toMatchObject({ success: true })
  })

  it('takes everything with it when somebody signs out', async () => {
    await using context = await startServer(signingIn)
    const client = context.client()
    await client.connect()
    await client.session.signIn({ username: 'sara' })
    for (const connection of context.server.io.sockets.sockets.values()) connection.offAny()
    const sent = rejection(client.sendMessage('private'))
    await client.session.signOut()
    expect(await sent).toMatchObject({ code: 'session_ended' })
    expect(client.outbox.list()).toEqual([])
  })

  it('leaves what failed to be sent again when it was replaced', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    for (const connection of context.server.io.sockets.sockets.values()) connection.offAny()
    const sent = rejection(client.sendMessage('x'))
    await eventually(() => {
      expect(client.outbox.list()).toMatchObject([{ state: 'sending' }])
    })
    const [connection] = context.server.io.sockets.sockets.values()
    await context.server.sessions.end(connection?.data.sessionId ?? '')
    expect(await sent).toMatchObject({ code: 'session_ended', mayHaveRun: true })
    const [item] = client.outbox.list()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    expect(await client.outbox.retry(item?.id ?? '')).toMatchObject({ success: true })
  })

  it('fails everything when the server says that it is another one', async () => {
    await using server = await scriptServer((_packet, answer) => {
      server.play(deliverAll)
      answer({ code: 'forbidden', message: '', retryable: false })
    })
    const client = server.client()
    await client.connect()
    expect(await rejection(client.sendMessage('x'))).toMatchObject({ code: 'session_ended' })
    expect(await client.sendMessage('y')).toBe(1)
    expect(server.packets[1]?.outbox).not.toBe(server.packets[0]?.outbox)
  })

  it('is another one with another token of the app', async () => {
    await using server = await scriptServer(() => undefined)
    const client = server.client()
    await client.connect()
    const sent = rejection(client.sendMessage('x'))
    void client.connect({ token: 'another' })
    expect(await sent).toMatchObject({ code: 'session_ended' })
  })
})

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
