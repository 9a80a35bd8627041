import { isYektaYarError, YektaYarError, YektaYarSocket } from '@yektayar/client'
import { command, coreContract, extendContract } from '@yektayar/protocol'
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { z } from 'zod'
import { createFakeClient } from '../src/fake.js'
import * as everything from '../src/index.js'

const Note = z.object({ id: z.number(), text: z.string() })
const contract = extendContract(coreContract, {
  commands: {
    'note:add': command({ input: z.object({ text: z.string().min(1) }), output: Note }),
    'note:save': command({ input: Note, output: Note, delivery: 'once' }),
  },
  events: { 'note:added': Note },
})

/** A fake that is connected, with a handler that a test can look at. */
async function connect() {
  const handler = vi.fn(({ input }: { readonly input: { readonly text: string } }) => ({
    id: 1,
    ...input,
  }))
  const fake = createFakeClient(contract, { commands: { 'note:add': handler } })
  await fake.connect()
  return { fake, handler, [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose]() }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a fake client', () => {
  it('is a client, typed by the contract, and the core one without it', async () => {
    await using fake = createFakeClient(contract)
    expect(fake).toBeInstanceOf(YektaYarSocket)
    expectTypeOf(fake).toExtend<YektaYarSocket<typeof contract>>()
    expectTypeOf(fake.call('note:add', { text: 'a' })).resolves.toEqualTypeOf<{
      id: number
      text: string
    }>()
    expectTypeOf(createFakeClient()).toExtend<YektaYarSocket>()
    expect(everything.createFakeClient).toBe(createFakeClient)
  })

  it('asks nothing of the network', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch')
    await using context = await connect()
    await context.fake.session.renew()
    await context.fake.sendMessage('hi')
    expect(fetch).not.toHaveBeenCalled()
    fetch.mockRestore()
  })

  it('has a session of its own', async () => {
    await using one = await connect()
    await using other = await connect()
    const tokens = await Promise.all(
      [one, other].map(({ fake }) =>
        fake.getStatus().then((status) => status.connection.sessionToken),
      ),
    )
    expect(tokens[0]).not.toBe(tokens[1])
  })

  it('needs no time at all', async () => {
    vi.useFakeTimers()
    await using context = await connect()
    const { fake } = context
    const room = fake.room('public:x')
    await room.join()
    await room.send('a')
    await fake.emit('note:added', { id: 1, text: 'a' })
    await fake.session.renew()
    expect(await fake.call('note:add', { text: 'a' })).toEqual({ id: 1, text: 'a' })
    await fake.drop()
    expect(fake.snapshot.nextRetryAt).toBeGreaterThanOrEqual(Date.now())
    fake.restore()
    await vi.advanceTimersByTimeAsync(10)
    expect(fake.status).toBe('connected')
  })

  it('lets a test decide when the time of a call is over', async () => {
    vi.useFakeTimers()
    await using context = await connect()
    context.fake.handle('note:add', () => new Promise<never>(() => undefined))
    const call = context.fake.call('note:add', { text: 'a' })
    const failure = expect(call).rejects.toMatchObject({ code: 'timeout', mayHaveRun: true })
    await vi.advanceTimersByTimeAsync(10_000)
    await failure
  })

  it('stays connected and keeps its session, however far the clock goes in a day', async () => {
    vi.useFakeTimers()
    await using context = await connect()
    const { fake } = context
    const { expiresAt } = fake.session
    await vi.advanceTimersByTimeAsync(22 * 24 * 60 * 60_000) // it is renewed 10 days before its end
    expect(fake.status).toBe('connected')
    expect(fake.session.state).toBe('active')
    expect(Date.parse(fake.session.expiresAt ?? '')).toBeGreaterThan(Date.parse(expiresAt ?? ''))
  })
})

describe('handle()', () => {
  it('answers in place of the handler before, until it is ended', async () => {
    await using context = await connect()
    const { fake, handler } = context
    const end = fake.handle('note:add', ({ input, session }) => ({
      id: session.isLoggedIn ? 3 : 2,
      text: input.text.toUpperCase(),
    }))
    expect(await fake.call('note:add', { text: 'a' })).toEqual({ id: 2, text: 'A' })
    expect(handler).not.toHaveBeenCalled()
    end()
    end()
    await expect(fake.call('note:add', { text: 'a' })).rejects.toMatchObject({
      code: 'unknown_command',
      message: "note:add: No handler: fake.handle('note:add', …)",
    })
  })

  it('answers a command of the house as well', async () => {
    await using context = await connect()
    context.fake.handle('echo', () => ({
      received: 'mine',
      timestamp: new Date(0).toISOString(),
      socketId: 'x',
    }))
    expect(await context.fake.echo('yours')).toMatchObject({ received: 'mine', socketId: 'x' })
  })

  it('tells the caller what is wrong with a result', async () => {
    await using context = await connect()
    context.fake.handle('note:add', () => ({ id: 'one' as unknown as number, text: 'a' }))
    await expect(context.fake.call('note:add', { text: 'a' })).rejects.toMatchObject({
      code: 'internal_error',
      message: expect.stringMatching(
        /^note:add: The result of note:add breaks the contract: id: /,
      ) as string,
      data: { issues: [{ path: 'id' }] },
    })
  })

  it('answers what is thrown: a typed error as it is, a mistake with its text', async () => {
    await using context = await connect()
    const { fake } = context
    fake.handle('note:add', () => {
      throw new YektaYarError('forbidden', 'Not you', { hint: 'Ask', data: { id: 1 } })
    })
    await expect(fake.call('note:add', { text: 'a' })).rejects.toMatchObject({
      code: 'forbidden',
      message: 'note:add: Not you',
      hint: 'Ask',
      data: { id: 1 },
      mayHaveRun: false,
    })
    fake.handle('note:add', () => {
      throw new TypeError('x is not a function')
    })
    await expect(fake.call('note:add', { text: 'a' })).rejects.toMatchObject({
      code: 'internal_error',
      message: 'note:add: A handler threw: TypeError: x is not a function',
    })
  })

  it('refuses a command that is not in the contract', async () => {
    await using context = await connect()
    expect(() => context.fake.handle('note:lose' as 'ping', () => ({ timestamp: '' }))).toThrow(
      expect.objectContaining({ code: 'invalid_options' }),
    )
  })
})

describe('fail()', () => {
  it('makes so many calls fail, before their handler runs', async () => {
    await using context = await connect()
    const { fake, handler } = context
    fake.fail('note:add', 'conflict', { message: 'Taken', hint: 'Wait', data: { id: 1 }, times: 2 })
    for (const text of ['a', 'b']) {
      await expect(fake.call('note:add', { text })).rejects.toMatchObject({
        code: 'conflict',
        message: 'note:add: Taken',
        hint: 'Wait',
        data: { id: 1 },
      })
    }
    expect(handler).not.toHaveBeenCalled()
    expect(await fake.call('note:add', { text: 'c' })).toMatchObject({ text: 'c' })
  })

  it('can be taken back', async () => {
    await using context = await connect()
    const takeBack = context.fake.fail('ping', 'store_unavailable')
    takeBack()
    expect(await context.fake.ping()).toHaveProperty('timestamp')
  })

  it('makes an item of the outbox fail, or wait where it may be tried again', async () => {
    await using context = await connect()
    const { fake } = context
    fake.handle('note:save', ({ input }) => input)
    fake.fail('note:save', 'conflict')
    await expect(fake.call('note:save', { id: 1, text: 'a' })).rejects.toMatchObject({
      code: 'conflict',
    })
    fake.fail('note:save', 'store_unavailable')
    expect(await fake.call('note:save', { id: 2, text: 'b' })).toEqual({ id: 2, text: 'b' })
    fake.fail('room:join', 'too_many_rooms')
    await expect(fake.room('public:x').join()).rejects.toMatchObject({ code: 'too_many_rooms' })
  })

  it('refuses a command and a code that are none', async () => {
    await using context = await connect()
    const invalid = expect.objectContaining({ code: 'invalid_options' }) as Error
    expect(() => context.fake.fail('note:lose' as 'ping', 'conflict')).toThrow(invalid)
    expect(() => context.fake.fail('ping', 'timeout' as 'conflict')).toThrow(invalid)
  })
})

describe('emit()', () => {
  it('resolves when the listeners have heard it', async () => {
    await using context = await connect()
    const heard = vi.fn()
    context.fake.on('note:added', heard)
    await context.fake.emit('note:added', { id: 1, text: 'a' })
    expect(heard).toHaveBeenCalledExactlyOnceWith({ id: 1, text: 'a' })
  })

  it('resolves without a connection, and nobody hears it', async () => {
    await using fake = createFakeClient(contract)
    const heard = vi.fn()
    fake.on('note:added', heard)
    await fake.emit('note:added', { id: 1, text: 'a' })
    await fake.connect()
    expect(heard).not.toHaveBeenCalled()
  })

  it('refuses a payload that breaks the contract, and says how', async () => {
    await using context = await connect()
    const emitted = context.fake.emit('note:added', { id: 'one' as unknown as number, text: 'a' })
    const error: unknown = await emitted.catch((thrown: unknown) => thrown)
    expect(isYektaYarError(error)).toBe(true)
    expect(error).toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(
        /^The payload of note:added breaks the contract: id: /,
      ) as string,
      data: { issues: [{ path: 'id' }] },
    })
    await expect(
      context.fake.emit('note:lost' as 'note:added', { id: 1, text: 'a' }),
    ).rejects.toMatchObject({ code: 'invalid_options' })
  })
})

describe('the people and rooms of a fake', () => {
  it('are there at once, and by the names that the test gives', async () => {
    await using context = await connect()
    const { fake } = context
    await fake.presence('public:x', 'user:sara', true)
    await fake.publish('public:x', 'before', { from: 'user:sara' })
    const room = fake.room('public:x')
    await room.join()
    await fake.publish('public:x', 'after', { from: 'user:sara' })
    expect(room.messages).toMatchObject([
      { from: 'user:sara', data: 'before', seq: 1 },
      { from: 'user:sara', data: 'after', seq: 2 },
    ])
    expect(room.members).toContain('user:sara')
    await fake.typing('public:x', 'user:sara', true)
    expect(room.typists).toEqual(['user:sara'])
    await fake.presence('public:x', 'user:sara', false)
    expect(room.members).not.toContain('user:sara')
    expect(room.typists).toEqual([])
    await expect(fake.publish('public:x', (() => 1) as unknown as string)).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })

  it('have what was sent', async () => {
    await using context = await connect()
    const { fake } = context
    await fake.room('public:x').send({ text: 'hi' })
    expect(fake.messages('public:x')).toMatchObject([{ seq: 1, data: { text: 'hi' } }])
    await fake.sendMessage('to the server')
    const own = (await fake.getStatus()).connection.rooms.find((room) =>
      room.startsWith('session:'),
    )
    expect(fake.messages(String(own))).toMatchObject([{ data: 'to the server' }])
  })

  it('are open to whom the test lets in', async () => {
    await using fake = createFakeClient(contract, {
      authorize: ({ userId }, action, room) =>
        room === 'staff' && (userId !== null || action === 'read'),
      authenticate: ({ username }) => username ?? null,
    })
    await fake.connect()
    await expect(fake.room('staff').join()).rejects.toMatchObject({ code: 'room_forbidden' })
    expect(await fake.room('staff').history()).toMatchObject({ messages: [] })
    await fake.session.signIn({ username: 'sara' })
    expect((await fake.room('staff').join()).members).toEqual(['user:sara'])
  })
})

it('delivers once what a handler still has when the connection is back', async () => {
  await using context = await connect()
  const { fake } = context
  let release: () => void = () => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const handler = vi.fn(async ({ input }: { readonly input: z.infer<typeof Note> }) => {
    await released
    return input
  })
  fake.handle('note:save', handler)
  const saving = fake.call('note:save', { id: 1, text: 'a' })
  await fake.settle()
  await fake.drop()
  fake.restore()
  await fake.whenStatus('connected')
  await fake.settle()
  release()
  expect(await saving).toEqual({ id: 1, text: 'a' })
  expect(handler).toHaveBeenCalledTimes(1)
})

describe('the session of a fake', () => {
  it('cannot be signed in where the test gives no way to', async () => {
    await using context = await connect()
    await expect(context.fake.session.signIn({ username: 'sara' })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('can be one of a token of the app’s own', async () => {
    await using fake = createFakeClient(contract)
    await fake.connect({ token: fake.issueToken('sara') })
    expect((await fake.getInfo()).session).toMatchObject({ authenticated: true, userId: 'sara' })
  })

  it('ends while the client is away, too', async () => {
    await using context = await connect()
    const { fake } = context
    const token = (await fake.getStatus()).connection.sessionToken
    await fake.drop()
    await fake.endSession()
    fake.restore()
    await fake.whenStatus('connected')
    expect((await fake.getStatus()).connection.sessionToken).not.toBe(token)
  })
})

describe('a fake that is offline', () => {
  const device = globalThis as { navigator?: { readonly onLine?: boolean } }

  it('says so as a browser does, and takes it back when it ends', async () => {
    const before = device.navigator?.onLine
    {
      await using context = await connect()
      await using other = await connect()
      await context.fake.goOffline()
      await other.fake.goOffline()
      context.fake.goOnline()
      expect(device.navigator?.onLine).toBe(false)
      expect(other.fake.status).toBe('offline')
    }
    expect(device.navigator?.onLine).toBe(before)
  })

  it('fails no request of the session, but lets it wait', async () => {
    await using context = await connect()
    const { fake } = context
    await fake.goOffline()
    const listing = fake.session.list()
    await expect(fake.session.list({ timeoutMs: 1 })).rejects.toMatchObject({ code: 'timeout' })
    fake.goOnline()
    expect(await listing).toHaveLength(1)
  })
})
