import { command, coreContract, extendContract, json } from '@yektayar/protocol'
import type { Schema } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { deliverAll, scriptServer } from './support/scriptedServer.js'
import type { Packet } from './support/scriptedServer.js'
import { rejection } from './support/server.js'

/** A schema of `{ at }` that turns the ISO text into a Date. */
const dated: Schema<{ at: string }, { at: Date }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate(value) {
      const { at } = value as { at?: string }
      if (at === undefined) return { issues: [{ message: 'There is no at' }] }
      return { value: { at: new Date(at) } }
    },
  },
}

const unreadable = { code: 'invalid_answer', mayHaveRun: true }

/**
 * Sends three items in one packet, answers the second as given, and returns the client's results.
 */
async function answerSecond(answer: (n: number) => unknown) {
  await using server = await scriptServer(({ items }, reply) => {
    const answers = items.map(({ n, input }) =>
      input === 'b' ? answer(n) : { n, ok: true, data: input },
    )
    reply({ answers })
  })
  const client = server.client()
  await client.connect()
  const sent = ['a', 'b', 'c'].map((text) => client.sendMessage(text))
  const results = await Promise.allSettled(sent)
  const next = await client.sendMessage('d')
  const { packets } = server
  return {
    results,
    next,
    packets,
    left: client.outbox.getSnapshot().items.map(({ state }) => state),
  }
}

describe('an answer that the client cannot read', () => {
  it.each<[string, (n: number) => unknown]>([
    ['a code that it does not know', (n) => ({ n, ok: false, error: { code: 'x', message: 'y' } })],
    ['a code of a client', (n) => ({ n, ok: false, error: { code: 'timeout', message: 'y' } })],
    [
      'an unknown code that may be tried again',
      (n) => ({ n, ok: false, error: { code: 'x', retryable: true } }),
    ],
    ['a code that is no text', (n) => ({ n, ok: false, error: { code: { a: 1 } } })],
    ['no error', (n) => ({ n, ok: false })],
    ['an error that is a text', (n) => ({ n, ok: false, error: 'conflict' })],
    ['a success that is none', (n) => ({ n, ok: 1, data: 'b' })],
    ['a failure that is none', (n) => ({ n, ok: 0, error: { code: 'conflict', message: 'y' } })],
    ['neither', (n) => ({ n })],
  ])('fails its item, and no other: %s', async (_what, answer) => {
    const { results, next, packets, left } = await answerSecond(answer)
    expect(results).toMatchObject([
      { status: 'fulfilled', value: 'a' },
      { status: 'rejected', reason: unreadable },
      { status: 'fulfilled', value: 'c' },
    ])
    expect(next).toBe('d')
    expect(packets.map(({ items }) => items.length)).toEqual([3, 1])
    expect(left).toEqual(['failed'])
  })

  it.each<[string, (n: number) => unknown]>([
    ['null', () => null],
    ['a text', () => 'ok'],
    ['another number', (n) => ({ n: n + 99, ok: true, data: 'b' })],
    ['a number that is a text', (n) => ({ n: `${String(n)}x`, ok: true, data: 'b' })],
    ['a number that is null', () => ({ n: null, ok: true, data: 'b' })],
  ])('does not keep the outbox from going on when it names no item: %s', async (_what, answer) => {
    const { results, next, left } = await answerSecond(answer)
    expect(results).toMatchObject([
      { status: 'fulfilled', value: 'a' },
      { status: 'rejected', reason: unreadable },
      { status: 'fulfilled', value: 'c' },
    ])
    expect(next).toBe('d')
    expect(left).toEqual(['failed'])
  })

  it.each<[string, object]>([
    ['an unknown code', { code: 'x', message: 'y', retryable: false }],
    ['nonsense', { nonsense: true }],
    ['a list that is empty', { answers: [] }],
  ])('fails only the item that brings it, where it answers a packet: %s', async (_what, answer) => {
    await using server = await scriptServer((packet, reply) => {
      if (packet.items.some(({ input }) => input === 'bad')) reply(answer)
      else deliverAll(packet, reply)
    })
    const client = server.client({ retryDelayMs: 1, retryDelayMaxMs: 5 })
    await client.connect()
    const texts = ['a', 'b', 'bad', 'c', 'd', 'e', 'f']
    const results = await Promise.allSettled(texts.map((text) => client.sendMessage(text)))
    expect(results.map(({ status }) => status)).toEqual(
      texts.map((text) => (text === 'bad' ? 'rejected' : 'fulfilled')),
    )
    expect(results[2]).toMatchObject({ reason: unreadable })
    expect(await client.sendMessage('next')).toEqual(expect.any(Number))
  })

  it('is that item’s failure where its result breaks the contract', async () => {
    const contract = extendContract(coreContract, {
      commands: {
        'order:place': command({
          input: json,
          output: dated as unknown as Schema<{ at: string }>, // it makes a date of it
          delivery: 'once',
        }),
      },
    })
    const at = '2026-01-01T00:00:00.000Z'
    await using server = await scriptServer(({ items }: Packet, reply) => {
      reply({
        answers: items.map(({ n, input }) => ({
          n,
          ok: true,
          data: input === 'bad' ? { wrong: 1 } : { at },
        })),
      })
    })
    const client = server.client({ contract })
    const place = (text: string) => client.call('order:place' as 'echo', text)
    await client.connect()
    const [good, bad, after] = await Promise.allSettled(['good', 'bad', 'after'].map(place))
    expect(good).toEqual({ status: 'fulfilled', value: { at: new Date(at) } })
    expect(bad).toMatchObject({
      reason: { ...unreadable, data: { issues: expect.any(Array) as [] } },
    })
    expect(after).toMatchObject({ status: 'fulfilled' })
    expect(client.outbox.getSnapshot().items).toMatchObject([
      { input: 'bad', state: 'failed', error: unreadable },
    ])
    expect(server.packets).toHaveLength(1)
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'ok'],
    ['a code that it does not know', { ok: false, error: { code: 'x', message: 'y' } }],
    ['a failure that is none', { ok: 'no', error: { code: 'conflict', message: 'y' } }],
    ['a success that is none', { ok: 1, data: 1 }],
  ])('fails a transient command at once: %s', async (_what, answer) => {
    await using server = await scriptServer(deliverAll, { echo: answer })
    const client = server.client()
    await client.connect()
    expect(await rejection(client.call('echo', 1))).toMatchObject(unreadable)
    expect(await client.sendMessage('x')).toBe(1)
    await vi.waitFor(() => {
      expect(client.status).toBe('connected')
    })
  })
})
