/* eslint-disable @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-member-access -- as in plain JavaScript */
import { coreContract } from '@yektayar/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { YektaYarSocket } from '../src/index.js'
import type { YektaYarSocketOptions } from '../src/index.js'
import { startServer } from './support/server.js'

/** Anything that plain JavaScript can write, which types would refuse. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- it has to compile
type Untyped = any

type Use = (client: Untyped) => unknown

let context: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  context = await startServer()
})
afterAll(() => context[Symbol.asyncDispose]())

/** What a use throws, or what its promise rejects with. */
async function failureOf(use: () => unknown): Promise<unknown> {
  try {
    return await use()
  } catch (error) {
    return error
  }
}

const listener = (): undefined => undefined

const uses: readonly [use: string, Use, code: string, says: RegExp][] = [
  ['call()', (c) => c.call(), 'invalid_input', /name of a command must be a string, not undefined/],
  ['call({ name })', (c) => c.call({ name: 'echo' }), 'invalid_input', /a string, not object/],
  [
    "call(null, 'once')",
    (c) => c.call(null, 1, { delivery: 'once' }),
    'invalid_input',
    /a string, not null/,
  ],
  ["call('connect')", (c) => c.call('connect'), 'invalid_input', /cannot be "connect"/],
  ["call('disconnect')", (c) => c.call('disconnect'), 'invalid_input', /Use client\.connect\(\)/],
  [
    'call() with a timeout of text',
    (c) => c.call('ping', undefined, { timeoutMs: '5s' }),
    'invalid_options',
    /"timeoutMs" must be a number of milliseconds, not string/,
  ],
  [
    'sendMessage() with a timeout of text',
    (c) => c.sendMessage('hi', { timeoutMs: '5s' }),
    'invalid_options',
    /must be a number of milliseconds/,
  ],
  [
    'call() with another option',
    (c) => c.call('ping', undefined, { timeout: 5 }),
    'invalid_options',
    /no option "timeout"\. Known: timeoutMs, signal, delivery/,
  ],
  [
    'sendMessage() with another option',
    (c) => c.sendMessage('hi', { retry: true }),
    'invalid_options',
    /no option "retry"/,
  ],
  ['connect({ uri })', (c) => c.connect({ uri: '/' }), 'invalid_options', /no option "uri"/],
  ['connect(42)', (c) => c.connect(42), 'invalid_options', /"options" must be an object/],
  ['on() without a listener', (c) => c.on('connected'), 'invalid_input', /must be a function/],
  ['once() without a listener', (c) => c.once('connected'), 'invalid_input', /must be a function/],
  ['on() without a name', (c) => c.on(listener), 'invalid_input', /of an event must be a string/],
  ["on('connect')", (c) => c.on('connect', listener), 'invalid_input', /client\.subscribe\(/],
  ["on('disconnect')", (c) => c.on('disconnect', listener), 'invalid_input', /\{ status \}/],
  ["events('connect')", (c) => c.events('connect'), 'invalid_input', /"connect"/],
  ['subscribe() by name', (c) => c.subscribe('status', listener), 'invalid_input', /a function/],
  ['session.subscribe()', (c) => c.session.subscribe(), 'invalid_input', /must be a function/],
  ['outbox.subscribe()', (c) => c.outbox.subscribe(), 'invalid_input', /must be a function/],
  ['room.subscribe()', (c) => c.room('public:a').subscribe(), 'invalid_input', /a function/],
  ['room()', (c) => c.room(), 'invalid_input', /name of a room must be a string, not undefined/],
  ['room(null)', (c) => c.room(null), 'invalid_input', /a string, not null/],
  ['room(42)', (c) => c.room(42), 'invalid_input', /a string, not number/],
  ['room() of a room', (c) => c.room(c.room('public:a')), 'invalid_input', /not object/],
  [
    'room() of a pattern without params',
    (c) => c.room('public:{topic}'),
    'unknown_room',
    /room\('public:\{topic\}', \{ topic \}\)/,
  ],
  [
    'room.on() of no event',
    (c) => c.room('public:a').on('messages', listener),
    'invalid_input',
    /has the events message, presence, typing/,
  ],
  ['room.on() alone', (c) => c.room('public:a').on('message'), 'invalid_input', /a function/],
  ['room.send()', (c) => c.room('public:a').send(), 'invalid_input', /undefined: send null/],
  [
    'room.join() with a timeout of text',
    (c) => c.room('public:never').join({ timeoutMs: 'x' }),
    'invalid_options',
    /must be a number of milliseconds/,
  ],
  ['whenStatus()', (c) => c.whenStatus(), 'invalid_input', /must be idle, connecting, connected/],
  ["whenStatus('online')", (c) => c.whenStatus('online'), 'invalid_input', /reconnecting/],
  ['session.end({ id })', (c) => c.session.end({ id: 'x' }), 'invalid_input', /must be a string/],
  ['session.signIn()', (c) => c.session.signIn(), 'invalid_input', /no object/],
]

describe.each([
  { how: 'none', contract: undefined },
  { how: 'core', contract: coreContract },
])('a wrong use of a client, contract: $how', ({ contract }) => {
  it.each(uses)('says what is right: %s', async (_name, use, code, says) => {
    const client = context.client({ contract })
    await client.connect()
    const error = (await failureOf(() => use(client))) as Error & { code: string; hint?: string }
    expect(error).toMatchObject({ name: 'YektaYarError', code })
    expect(`${error.message} ${error.hint ?? ''}`).toMatch(says)
    expect(client.room('public:never').getSnapshot()).toMatchObject({ state: 'left', error: null })
    expect(await client.echo('still there')).toMatchObject({ received: 'still there' })
    expect(client.outbox.getSnapshot().items).toEqual([])
    await client.disconnect()
  })
})

it('a join before connect() says that this comes first', async () => {
  const failure = await failureOf(() => context.client().room('public:a').join())
  expect(failure).toMatchObject({ code: 'not_connected', hint: 'Call connect() first' })
})

const options: readonly [what: string, given: Untyped, says: RegExp][] = [
  ['null', null, /"options" must be an object, not /],
  ['a number', 3000, /"options" must be an object/],
  ['an address', 'http://localhost:3000', /for an address, pass \{ url \}/],
  ['an address as a token', { token: 'ws://localhost' }, /for an address, pass \{ url \}/],
  ['another name', { uri: 'http://localhost' }, /no option "uri"\. Known: url, path/],
  ['options of Socket.IO', { auth: { token: 'x' } }, /no option "auth"/],
  ['a transport', { transports: 'websocket' }, /\['websocket', 'polling'\]/],
  ['no transports', { transports: [] }, /"transports" must be/],
  ['unknown transports', { transports: ['webtransport'] }, /"transports" must be/],
  ['Web Storage', { storage: new Map() }, /webStorage\(\) or the like, not one without remove/],
  ['no contract', { contract: {} }, /"contract" must be what extendContract\(\) returns/],
  ['a flag for the outbox', { outbox: true }, /"outbox" must be an object/],
  ['another name in the outbox', { outbox: { persistent: true } }, /no option "persistent"/],
]

describe('a client with wrong options', () => {
  it.each(options)('says what is right: %s', async (_name, given, says) => {
    const make = () => new YektaYarSocket(given as YektaYarSocketOptions)
    const error = await failureOf(make)
    expect(error).toMatchObject({ name: 'YektaYarError', code: 'invalid_options' })
    expect((error as Error).message).toMatch(says)
  })

  it('takes those that are undefined, whatever their names', () => {
    expect(new YektaYarSocket({ uri: undefined } as YektaYarSocketOptions).status).toBe('idle')
  })
})
