import type { OutboxItem } from '@yektayar/client'
import { describe, expect, it } from 'vitest'
import { eventually, rejection } from '../support/stage.js'
import type { StageClient } from '../support/stage.js'
import { stages } from '../support/stages.js'
import { watchOutbox } from '../../../client-sdk/test/support/watchOutbox.js'

/** Records every state of every item, in order. */
function statesOf(client: StageClient): string[] {
  const states: string[] = []
  watchOutbox(client.outbox, (_item, state) => states.push(state))
  return states
}

function textOf({ input }: OutboxItem): unknown {
  return (input as { readonly text?: string }).text
}

describe.each(stages)('the outbox of $name', ({ start }) => {
  it('takes an item from queued over sending to delivered', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const states = statesOf(client)
    const saving = client.call('note:save', { text: 'a' })
    expect(client.outbox.getSnapshot().items).toMatchObject([
      { name: 'note:save', input: { text: 'a' }, state: 'queued', error: null },
    ])
    expect(await saving).toEqual({ id: 1, text: 'a' })
    expect(states).toEqual(['queued', 'sending', 'gone'])
    expect(client.outbox.getSnapshot().items).toEqual([])
  })

  it('waits for a connection, and keeps the order', async () => {
    await using stage = await start()
    const { client, backend } = stage
    const texts = ['a', 'b', 'c']
    const saving = texts.map((text) => client.call('note:save', { text }))
    expect(client.outbox.getSnapshot().items.map(textOf)).toEqual(texts)
    await client.connect()
    expect(await Promise.all(saving)).toEqual(texts.map((text, at) => ({ id: at + 1, text })))
    expect(backend.notes).toEqual(texts)
  })

  it('delivers once what a loss of the connection has left unanswered', async () => {
    await using stage = await start()
    const { client, backend } = stage
    await client.connect()
    const states = statesOf(client)
    const saving = client.call('note:save', { text: 'slow' })
    await eventually(() => {
      expect(states).toEqual(['queued', 'sending'])
    })
    await client.ping()
    await stage.drop()
    backend.release()
    await eventually(() => {
      expect(backend.notes).toEqual(['slow'])
    })
    expect(client.outbox.getSnapshot().items).toMatchObject([{ state: 'sending' }])
    stage.restore()
    expect(await saving).toEqual({ id: 1, text: 'slow' })
    expect(backend.notes).toEqual(['slow'])
  })

  it('keeps what was refused, which can be sent again or removed', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    const error = { code: 'conflict', hint: 'Wait', data: { id: 7 }, mayHaveRun: false }
    expect(await rejection(client.call('note:save', { text: 'taken' }))).toMatchObject(error)
    const [failed] = client.outbox.getSnapshot().items
    expect(failed).toMatchObject({ state: 'failed', error })
    expect(await rejection(client.outbox.retry(failed?.id ?? ''))).toMatchObject(error)
    const [again, ...others] = client.outbox.getSnapshot().items
    expect(others).toEqual([])
    expect(again?.id).not.toBe(failed?.id)
    expect(client.outbox.cancel(again?.id ?? '')).toBe(true)
    expect(client.outbox.getSnapshot().items).toEqual([])
    expect(await rejection(client.outbox.retry('nothing'))).toMatchObject({ code: 'not_found' })
  })

  it('goes on with what follows a refused item', async () => {
    await using stage = await start()
    const { client, backend } = stage
    const [refused, next] = ['taken', 'b'].map((text) => client.call('note:save', { text }))
    await client.connect()
    expect(await rejection(refused ?? Promise.resolve())).toMatchObject({ code: 'conflict' })
    expect(await next).toEqual({ id: 1, text: 'b' })
    expect(backend.notes).toEqual(['b'])
  })

  it('refuses what breaks the contract', async () => {
    await using stage = await start()
    await stage.client.connect()
    expect(await rejection(stage.client.call('note:save', { text: '' }))).toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(/^note:save: Invalid input at "text": ./) as string,
      mayHaveRun: false,
    })
  })

  it('gives up an item that is cancelled before it was sent', async () => {
    await using stage = await start()
    const { client, backend } = stage
    const cancelled = rejection(client.call('note:save', { text: 'a' }))
    const saving = client.call('note:save', { text: 'b' })
    expect(client.outbox.cancel(client.outbox.getSnapshot().items[0]?.id ?? '')).toBe(true)
    expect(await cancelled).toMatchObject({ code: 'aborted', mayHaveRun: false })
    await client.connect()
    await saving
    expect(backend.notes).toEqual(['b'])
    expect(client.outbox.cancel('nothing')).toBe(false)
  })

  it('gives up an item whose time is over before it was sent', async () => {
    await using stage = await start()
    const { client, backend } = stage
    const saving = client.call('note:save', { text: 'a' }, { timeoutMs: 10 })
    expect(await rejection(saving)).toMatchObject({ code: 'timeout', mayHaveRun: false })
    await client.connect()
    await client.ping()
    expect(backend.notes).toEqual([])
    expect(client.outbox.getSnapshot().items).toMatchObject([
      { state: 'failed', error: { code: 'timeout' } },
    ])
  })

  it('goes on with an item that was sent when nobody waits for it any more', async () => {
    await using stage = await start()
    const { client, backend } = stage
    await client.connect()
    const controller = new AbortController()
    const { signal } = controller
    const saving = rejection(client.call('note:save', { text: 'slow' }, { signal }))
    await eventually(() => {
      expect(client.outbox.getSnapshot().items).toMatchObject([{ state: 'sending' }])
    })
    controller.abort()
    expect(await saving).toMatchObject({ code: 'aborted', mayHaveRun: true })
    backend.release()
    await eventually(() => {
      expect(client.outbox.getSnapshot().items).toEqual([])
    })
    expect(backend.notes).toEqual(['slow'])
  })

  it('fails what is in it when its session has ended', async () => {
    await using stage = await start()
    const { client, backend } = stage
    await client.connect()
    await stage.drop()
    const saving = rejection(client.call('note:save', { text: 'a' }))
    await stage.endSession('ended')
    stage.restore()
    expect(await saving).toMatchObject({ code: 'session_ended', mayHaveRun: false })
    expect(client.outbox.getSnapshot().items).toMatchObject([{ state: 'failed' }])
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    expect(await client.call('note:save', { text: 'b' })).toMatchObject({ text: 'b' })
    expect(backend.notes).toEqual(['b'])
  })

  it('goes along with a sign-in, so that what is queued is delivered once', async () => {
    await using stage = await start()
    const { client, backend } = stage
    await client.connect()
    await client.call('note:save', { text: 'a' })
    await client.disconnect()
    const saving = client.call('note:save', { text: 'b' })
    await client.session.signIn({ username: 'sara', password: 'right' })
    await client.connect()
    expect(await saving).toEqual({ id: 2, text: 'b' })
    expect(backend.notes).toEqual(['a', 'b'])
  })

  it('delivers nothing of one user as the next one', async () => {
    await using stage = await start()
    const { client, backend } = stage
    await client.connect()
    await client.session.signIn({ username: 'sara', password: 'right' })
    await client.call('note:save', { text: 'a' })
    await client.disconnect()
    const unsent = rejection(client.call('note:save', { text: 'unsent' }))
    await client.session.signIn({ username: 'omid', password: 'right' })
    expect(await unsent).toMatchObject({ code: 'session_ended', mayHaveRun: false })
    await client.connect()
    expect(await client.call('note:save', { text: 'b' })).toEqual({ id: 2, text: 'b' })
    expect(backend.notes).toEqual(['a', 'b'])
  })

  it('is emptied by a sign-out', async () => {
    await using stage = await start()
    const { client } = stage
    await client.connect()
    await client.session.signIn({ username: 'sara', password: 'right' })
    await rejection(client.call('note:save', { text: 'taken' }))
    expect(client.outbox.getSnapshot().items).toHaveLength(1)
    await client.session.signOut()
    expect(client.outbox.getSnapshot().items).toEqual([])
  })

  it('takes no command that the contract calls transient', async () => {
    await using stage = await start()
    await stage.client.connect()
    const call = stage.client.call('note:add', { text: 'a' }, { delivery: 'once' })
    expect(await rejection(call)).toMatchObject({
      code: 'invalid_input',
      message: 'note:add: This command is transient: it is not sent through an outbox',
    })
    expect(stage.backend.notes).toEqual([])
  })

  it('runs nothing behind an item of a copy, in its packet and in the next one', async () => {
    await using stage = await start()
    const { client, backend } = stage
    await client.connect()
    const item = (n: number, key: string) => ({ n, name: 'note:save', input: { text: key }, key })
    const deliver = (items: ReturnType<typeof item>[], previous?: string) =>
      client.call('outbox:deliver', { outbox: 'x'.repeat(16), items, previous })
    await deliver([item(1, 'a'), item(2, 'b')])
    const forked = { ok: false, error: { code: 'outbox_forked' } }
    expect(await deliver([item(2, 'x'), item(3, 'y')])).toMatchObject({ answers: [forked, forked] })
    expect(await deliver([item(3, 'y')], 'x')).toMatchObject({ answers: [forked] })
    expect(await deliver([item(3, 'c')], 'b')).toMatchObject({ answers: [{ n: 3, ok: true }] })
    expect(backend.notes).toEqual(['a', 'b', 'c'])
  })

  describe('that is delivered by hand', () => {
    const outbox = 'x'.repeat(16)
    const save = (n: number, text: string) => ({ n, name: 'note:save', input: { text }, key: text })

    it.each([
      ['a gap', [1, 3]],
      ['a step back', [2, 1]],
      ['a repetition', [1, 1]],
    ])('refuses numbers with %s', async (_what, numbers) => {
      await using stage = await start()
      const { client, backend } = stage
      await client.connect()
      const items = numbers.map((n) => save(n, 'a'))
      expect(await rejection(client.call('outbox:deliver', { outbox, items }))).toMatchObject({
        code: 'invalid_input',
        message: 'outbox:deliver: The numbers of the items have gaps',
        mayHaveRun: false,
      })
      expect(backend.notes).toEqual([])
    })

    it('answers a skip without data, whatever was delivered under its number', async () => {
      await using stage = await start()
      const { client, backend } = stage
      await client.connect()
      const items = [save(1, 'a'), save(2, 'taken')]
      await client.call('outbox:deliver', { outbox, items })
      const skips = [1, 2, 3].map((n) => ({ n, skip: true as const }))
      expect(await client.call('outbox:deliver', { outbox, items: skips })).toEqual({
        answers: [
          { n: 1, ok: true },
          { n: 2, ok: false, error: expect.objectContaining({ code: 'conflict' }) as object },
          { n: 3, ok: true },
        ],
      })
      expect(backend.notes).toEqual(['a'])
    })

    it('takes what is new in a packet that repeats several items', async () => {
      await using stage = await start()
      const { client, backend } = stage
      await client.connect()
      const items = [save(1, 'a'), save(2, 'b'), save(3, 'c')]
      await client.call('outbox:deliver', { outbox, items })
      const again = await client.call('outbox:deliver', {
        outbox,
        items: [...items, save(4, 'd')],
      })
      expect(again).toEqual({
        answers: ['a', 'b', 'c', 'd'].map((text, at) => ({
          ...{ n: at + 1, ok: true },
          data: { id: at + 1, text },
        })),
      })
      expect(backend.notes).toEqual(['a', 'b', 'c', 'd'])
    })

    it('answers what came before an item that may succeed later', async () => {
      await using stage = await start()
      const { client, backend } = stage
      await client.connect()
      const items = [save(1, 'a'), save(2, 'later'), save(3, 'c')]
      expect(await client.call('outbox:deliver', { outbox, items })).toEqual({
        answers: [{ n: 1, ok: true, data: { id: 1, text: 'a' } }],
      })
      expect(await client.call('outbox:deliver', { outbox, items })).toMatchObject({
        answers: [{ ok: true }, { ok: true, data: { text: 'later' } }, { ok: true }],
      })
      expect(backend.notes).toEqual(['a', 'later', 'c'])
    })

    it('expects the next number, and belongs to nobody before it has brought an item', async () => {
      await using stage = await start()
      const { client } = stage
      await client.connect()
      await client.session.signIn({ username: 'sara', password: 'right' })
      const ahead = client.call('outbox:deliver', { outbox, items: [save(4, 'd')] })
      expect(await ahead).toEqual({ expected: 1 })
      await client.session.signIn({ username: 'omid', password: 'right' })
      await client.call('outbox:deliver', { outbox, items: [save(1, 'a')] })
      await client.session.signIn({ username: 'sara', password: 'right' })
      const foreign = rejection(client.call('outbox:deliver', { outbox, items: [save(2, 'b')] }))
      expect(await foreign).toMatchObject({
        code: 'forbidden',
        message: 'outbox:deliver: This outbox belongs to another session',
        hint: 'Deliver under an outbox id of your own',
      })
    })

    it('says what to do with a copy', async () => {
      await using stage = await start()
      const { client } = stage
      await client.connect()
      await client.call('outbox:deliver', { outbox, items: [save(1, 'a')] })
      expect(await client.call('outbox:deliver', { outbox, items: [save(1, 'b')] })).toEqual({
        answers: [
          {
            ...{ n: 1, ok: false },
            error: {
              code: 'outbox_forked',
              message: 'Another item was delivered under this number',
              hint: 'The outbox was copied; deliver under a new outbox id',
              retryable: false,
            },
          },
        ],
      })
    })
  })
})
