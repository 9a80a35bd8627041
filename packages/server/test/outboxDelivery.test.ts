import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { logOf } from './support/logOf.js'
import { answersOf, ROOM, roomClient, sendItem } from './support/roomClient.js'
import { startServer } from './support/server.js'

describe('a delivery from an outbox', () => {
  it('takes effect once, however often it comes', async () => {
    await using context = await startServer()
    const client = await roomClient(context)
    const outbox = randomUUID()
    const items = [sendItem(1, ROOM, 'a'), sendItem(2, ROOM, 'b')]
    const first = await client.deliver(outbox, items)
    expect(answersOf(first)).toMatchObject([
      { n: 1, ok: true, data: { seq: 1, id: `${outbox}.1` } },
      { n: 2, ok: true, data: { seq: 2, id: `${outbox}.2` } },
    ])
    expect(await client.deliver(outbox, items)).toEqual(first)
    expect(await client.deliver(outbox, [...items, sendItem(3, ROOM, 'c')])).toMatchObject({
      answers: [{ n: 1 }, { n: 2 }, { n: 3, ok: true, data: { seq: 3 } }],
    })
    expect(await logOf(client)).toEqual(['a', 'b', 'c'])
  })

  it('takes effect once when both copies come in the same turn', async () => {
    await using context = await startServer()
    const client = await roomClient(context)
    const outbox = randomUUID()
    const item = sendItem(1, ROOM, 'a')
    const [first, second] = await Promise.all([
      client.deliver(outbox, [item]),
      client.deliver(outbox, [item]),
    ])
    expect(second).toEqual(first)
    expect(await logOf(client)).toEqual(['a'])
  })

  it('is told which number is expected, and does nothing', async () => {
    await using context = await startServer()
    const client = await roomClient(context)
    const outbox = randomUUID()
    expect(await client.deliver(outbox, [sendItem(3, ROOM, 'c')])).toEqual({ expected: 1 })
    await client.deliver(outbox, [sendItem(1, ROOM, 'a')])
    expect(await client.deliver(outbox, [sendItem(3, ROOM, 'c')])).toEqual({ expected: 2 })
    expect(await logOf(client)).toEqual(['a'])
  })

  it('goes on after an item that is refused or skipped, whose number is used up', async () => {
    await using context = await startServer()
    const client = await roomClient(context)
    const outbox = randomUUID()
    const items = [
      sendItem(1, 'user:somebody', 'a'),
      { n: 2, skip: true as const },
      { n: 3, name: 'nope', input: 1 },
      { n: 4, name: 'echo', input: 1 },
      { n: 5, name: 'room:send', input: { data: 1 } },
      sendItem(6, ROOM, 'b'),
    ]
    const delivered = await client.deliver(outbox, items)
    expect(answersOf(delivered)).toMatchObject([
      { ok: false, error: { code: 'room_forbidden' } },
      { ok: true },
      { ok: false, error: { code: 'unknown_command' } },
      { ok: false, error: { code: 'invalid_input' } },
      {
        ok: false,
        error: {
          code: 'invalid_input',
          message: expect.stringMatching(/^Invalid input at "room": ./) as string,
          data: { issues: [{ path: 'room' }] },
        },
      },
      { ok: true, data: { seq: 1 } },
    ])
    expect(await client.deliver(outbox, items)).toEqual(delivered)
    expect(await logOf(client)).toEqual(['b'])
  })

  it('is forked when another item comes under a number that was used', async () => {
    await using context = await startServer()
    const client = await roomClient(context)
    const outbox = randomUUID()
    await client.deliver(outbox, [sendItem(1, ROOM, 'a', 'first')])
    expect(answersOf(await client.deliver(outbox, [sendItem(1, ROOM, 'a', 'copy')]))).toMatchObject(
      [{ n: 1, ok: false, error: { code: 'outbox_forked' } }],
    )
    const skipped = answersOf(await client.deliver(outbox, [{ n: 1, skip: true }]))
    expect(skipped).toEqual([{ n: 1, ok: true }])
    const withoutKey = { n: 2, name: 'message', input: 'x' }
    const answers = answersOf(await client.deliver(outbox, [withoutKey]))
    expect(answersOf(await client.deliver(outbox, [withoutKey]))).toEqual(answers)
    expect(answersOf(await client.deliver(outbox, [{ ...withoutKey, input: 'y' }]))).toMatchObject([
      { error: { code: 'outbox_forked' } },
    ])
    expect(await logOf(client)).toEqual(['a'])
  })

  it('gets its stored answer although its session may not send there any more', async () => {
    let mayAll = true
    await using context = await startServer({ authorize: () => mayAll })
    const client = await roomClient(context)
    const outbox = randomUUID()
    const items = [
      sendItem(1, ROOM, 'a'),
      { n: 2, name: 'message', input: { text: 'x' }, key: 'm' },
    ]
    const first = await client.deliver(outbox, items)
    mayAll = false
    expect(await client.deliver(outbox, items)).toEqual(first)
    const next = answersOf(await client.deliver(outbox, [sendItem(3, ROOM, 'b')]))
    expect(next).toMatchObject([{ ok: false, error: { code: 'room_forbidden' } }])
  })

  it('is not told how a message was answered where its input does not fit any more', async () => {
    await using context = await startServer()
    const client = await roomClient(context)
    const outbox = randomUUID()
    const item = sendItem(1, ROOM, 'a')
    await client.deliver(outbox, [item])
    const unfit = { n: 1, name: 'room:send', input: { data: 1 }, key: 'key-a' }
    expect(answersOf(await client.deliver(outbox, [unfit]))).toMatchObject([
      { ok: false, error: { code: 'answer_expired' } },
    ])
    expect(await logOf(client)).toEqual(['a'])
  })

  it('belongs to one session', async () => {
    await using context = await startServer()
    const [first, second] = [await roomClient(context), await roomClient(context)]
    const outbox = randomUUID()
    await first.deliver(outbox, [sendItem(1, ROOM, 'a')])
    await expect(second.deliver(outbox, [sendItem(2, ROOM, 'b')])).rejects.toMatchObject({
      code: 'forbidden',
    })
    expect(await logOf(second)).toEqual(['a'])
  })

  it('keeps so many answers, and says where one is not kept any more', async () => {
    await using context = await startServer({ limits: { maxOutboxAnswers: 10 } })
    const client = await roomClient(context)
    const outbox = randomUUID()
    for (let n = 1; n <= 65; n++) await client.deliver(outbox, [{ n, name: 'message', input: n }])
    const answers = await Promise.all(
      [1, 50, 64].map(async (n) =>
        answersOf(await client.deliver(outbox, [{ n, name: 'message', input: n }])),
      ),
    )
    expect(answers).toMatchObject([
      [{ error: { code: 'answer_expired', retryable: false } }],
      [{ error: { code: 'answer_expired' } }],
      [{ ok: true, data: { data: 64 } }],
    ])
  })

  it('counts each item as a command of the session, and waits as a whole', async () => {
    await using context = await startServer({
      limits: { commandBurstPerSession: 10, commandsPerSessionPerSecond: 0.1 },
    })
    const client = await roomClient(context)
    const outbox = randomUUID()
    const items = Array.from({ length: 8 }, (_, index) => sendItem(index + 1, ROOM, String(index)))
    await client.deliver(outbox, items)
    const more = Array.from({ length: 8 }, (_, index) => sendItem(index + 9, ROOM, String(index)))
    const delivered = await client.deliver(outbox, more)
    expect(delivered).toMatchObject({ retryAfterMs: expect.any(Number) as number })
    expect(await logOf(await roomClient(context))).toHaveLength(8)
  })

  it.each([
    ['numbers with gaps', [sendItem(1, ROOM, 'a'), sendItem(3, ROOM, 'b')]],
    ['no items', []],
    ['too many items', Array.from({ length: 33 }, (_, index) => sendItem(index + 1, ROOM, 'a'))],
    ['a number below 1', [sendItem(0, ROOM, 'a')]],
  ])('with %s is refused as a whole', async (_what, items) => {
    await using context = await startServer()
    const client = await roomClient(context)
    await expect(client.deliver(randomUUID(), items)).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })
})
