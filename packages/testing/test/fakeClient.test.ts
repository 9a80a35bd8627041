import { YektaYarSocket } from '@yektayar/client'
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { createFakeClient } from '../src/fake.js'
import * as everything from '../src/index.js'
import { connectFake } from './support/connectFake.js'
import { noteContract } from './support/noteContract.js'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('a fake client', () => {
  it('is a client, typed by the contract, and the core one without it', async () => {
    await using fake = createFakeClient(noteContract)
    expect(fake).toBeInstanceOf(YektaYarSocket)
    expectTypeOf(fake).toExtend<YektaYarSocket<typeof noteContract>>()
    expectTypeOf(fake.call('note:add', { text: 'a' })).resolves.toEqualTypeOf<{
      id: number
      text: string
    }>()
    expectTypeOf(createFakeClient()).toExtend<YektaYarSocket>()
    expect(everything.createFakeClient).toBe(createFakeClient)
  })

  it('asks nothing of the network', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch')
    await using context = await connectFake()
    await context.fake.session.renew()
    await context.fake.sendMessage('hi')
    expect(fetch).not.toHaveBeenCalled()
    fetch.mockRestore()
  })

  it('has a session of its own', async () => {
    await using one = await connectFake()
    await using other = await connectFake()
    const tokens = await Promise.all(
      [one, other].map(({ fake }) =>
        fake.getStatus().then((status) => status.connection.sessionToken),
      ),
    )
    expect(tokens[0]).not.toBe(tokens[1])
  })

  it('needs no time at all', async () => {
    vi.useFakeTimers()
    await using context = await connectFake()
    const { fake } = context
    const room = fake.room('public:x')
    await room.join()
    await room.send('a')
    await fake.emit('note:added', { id: 1, text: 'a' })
    await fake.session.renew()
    expect(await fake.call('note:add', { text: 'a' })).toEqual({ id: 1, text: 'a' })
    await fake.drop()
    expect(fake.getSnapshot().nextRetryAt).toBeGreaterThanOrEqual(Date.now())
    fake.restore()
    await vi.advanceTimersByTimeAsync(10)
    expect(fake.status).toBe('connected')
  })

  it('lets a test decide when the time of a call is over', async () => {
    vi.useFakeTimers()
    await using context = await connectFake()
    context.fake.handle('note:add', () => new Promise<never>(() => undefined))
    const call = context.fake.call('note:add', { text: 'a' })
    const failure = expect(call).rejects.toMatchObject({ code: 'timeout', mayHaveRun: true })
    await vi.advanceTimersByTimeAsync(10_000)
    await failure
  })

  it('stays connected and keeps its session, however far the clock goes in a day', async () => {
    vi.useFakeTimers()
    await using context = await connectFake()
    const { fake } = context
    const { expiresAt } = fake.session
    // The session is renewed 10 days before it expires.
    await vi.advanceTimersByTimeAsync(22 * 24 * 60 * 60_000)
    expect(fake.status).toBe('connected')
    expect(fake.session.state).toBe('active')
    expect(Date.parse(fake.session.expiresAt ?? '')).toBeGreaterThan(Date.parse(expiresAt ?? ''))
  })

  it('works where the test environment has no crypto', async () => {
    vi.stubGlobal('crypto', undefined)
    await using context = await connectFake()
    expect(await context.fake.sendMessage('hi')).toMatchObject({ data: 'hi' })
  })
})
