import { describe, expect, it } from 'vitest'
import { eventually } from './support/eventually.js'
import { deliverAll, scriptServer } from './support/scriptedServer.js'
import { rejection } from './support/server.js'

describe('an outbox', () => {
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
    ['a store that is full', { code: 'store_full', message: '', retryable: true }],
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

  it('counts as sent what has gone out without an answer, whatever the next answer says', async () => {
    await using server = await scriptServer(() => {
      server.play((_packet, answer) => {
        answer({ retryAfterMs: 60_000 })
      })
    })
    const client = server.client({ callTimeoutMs: 30 })
    await client.connect()
    const sent = client.sendMessage('perhaps it has arrived')
    const failed = rejection(sent)
    await eventually(() => {
      expect(server.packets).toHaveLength(2)
    })
    await client.echo('x').catch(() => undefined) // the second answer has arrived by now
    expect(client.outbox.getSnapshot().items).toMatchObject([{ state: 'sending' }])
    await client.disconnect()
    client.outbox.clear()
    expect(await failed).toMatchObject({ code: 'session_ended' })
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
      expect(client.outbox.getSnapshot().items).toMatchObject([{ state: 'queued' }])
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

describe('a packet of an outbox', () => {
  it('names the key of the item before it, as far as that is certain', async () => {
    const held: (() => void)[] = []
    await using server = await scriptServer((packet, answer) => {
      held.push(() => {
        deliverAll(packet, answer)
      })
    })
    const client = server.client()
    await client.connect()
    const sent: Promise<unknown>[] = []
    const send = async (text: string) => {
      const { length } = server.packets
      sent.push(client.sendMessage(text).catch(() => undefined))
      await eventually(() => {
        expect(server.packets).toHaveLength(length + 1)
      })
    }
    for (const text of ['a', 'b']) await send(text)
    // Already sent; delivered again, it would be a skip.
    client.outbox.cancel(client.outbox.getSnapshot().items[1]?.id ?? '')
    await send('c')
    for (const release of held) release()
    await Promise.all(sent)
    await send('d')
    held.at(-1)?.()
    await Promise.all(sent)
    const [a, b, c, d] = server.packets
    const keyOf = (packet: typeof a) => packet?.items[0]?.key
    expect([a, b, c, d].map((packet) => packet?.previous)).toEqual([
      undefined,
      keyOf(a),
      keyOf(b),
      keyOf(c),
    ])
    server.cut()
  })

  it('omits the key of the previous item if that was sent both as an item and as a skip', async () => {
    await using server = await scriptServer(() => undefined)
    const client = server.client()
    await client.connect()
    const sent = [client.sendMessage('a').catch(() => undefined)]
    await eventually(() => {
      expect(server.packets).toHaveLength(1)
    })
    client.outbox.cancel(client.outbox.getSnapshot().items[0]?.id ?? '')
    sent.push(client.sendMessage('b'))
    await eventually(() => {
      expect(server.packets).toHaveLength(2)
    })
    server.play(({ items }, answer) => {
      server.play(deliverAll)
      answer({ answers: items.slice(0, 1).map(({ n }) => ({ n, ok: true })) })
    })
    server.cut()
    await Promise.all(sent)
    const [first, second, again, alone] = server.packets
    expect(second?.previous).toBe(first?.items[0]?.key)
    expect(again?.items).toMatchObject([{ n: 1, skip: true }, { n: 2 }])
    expect(alone?.items).toMatchObject([{ n: 2 }])
    expect(alone?.previous).toBeUndefined()
  })
})
