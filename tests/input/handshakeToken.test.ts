import { describe, expect, it } from 'vitest'
import type { Socket } from 'socket.io-client'
import { checkError } from './support/answers.js'
import { startScene, withBinary } from './support/scene.js'
import { within } from './support/within.js'

const REQUIRED = { code: 'token_required', message: 'Authentication token required' }
const INVALID = { code: 'token_invalid', message: 'Invalid or expired session token' }

const transports = ['websocket', 'polling'] as const

const withoutToken: [what: string, auth: Record<string, unknown>][] = [
  ['nothing', {}],
  ['undefined', { token: undefined }],
  ['null', { token: null }],
  ['an empty text', { token: '' }],
  ['zero', { token: 0 }],
  ['false', { token: false }],
  ['NaN', { token: Number.NaN }],
  ['a token under __proto__', JSON.parse('{"__proto__":{"token":"x"}}')],
]

const withWrongToken: [what: string, token: unknown][] = [
  ['a text', 'wrong'],
  ['43 characters of nothing', 'x'.repeat(43)],
  ['a text with NUL', `${'x'.repeat(42)}\u0000`],
  ['NUL', '\u0000'],
  ['a lone surrogate', '\ud800'],
  ['a text with a line break', `${'x'.repeat(43)}\n`],
  ['SQL', "' OR '1'='1"],
  ['a number', 12],
  ['true', true],
  ['an array', ['x'.repeat(43)]],
  ['an empty array', []],
  ['an object', { token: 'x' }],
  ['__proto__', JSON.parse('{"__proto__":{"polluted":true}}')],
  ['constructor.prototype', { constructor: { prototype: { polluted: true } } }],
  ['an object with a length', { length: 43 }],
  ['an object that says how to be a text', { toString: 'x', valueOf: 'x' }],
  ['a Buffer', Buffer.from('x'.repeat(43))],
  ['a text of 60,000 characters', 'x'.repeat(60_000)],
]

/** The refusal of a client that must not be admitted: its message and its typed error. */
async function refusalOf(client: Socket) {
  const refusal = new Promise<Error & { data?: unknown }>((resolve, reject) => {
    client.once('connect_error', resolve)
    client.once('connect', () => {
      reject(new Error('The client was let in'))
    })
  })
  client.connect()
  const { message, data } = await within(refusal, 'the refusal')
  return { message, error: checkError(data) }
}

describe.each(transports)('a handshake over %s', (transport) => {
  it('is refused without a token', async () => {
    await using scene = await startScene()
    for (const [what, auth] of withoutToken) {
      const client = scene.client({ auth, transports: [transport] })
      const { message, error } = await refusalOf(client)
      expect(message, what).toBe(REQUIRED.message)
      expect(error, what).toMatchObject(REQUIRED)
    }
  })

  it('is refused with a wrong token', async () => {
    await using scene = await startScene(withBinary)
    for (const [what, token] of withWrongToken) {
      const client = scene.client({ auth: { token }, transports: [transport] })
      const { message, error } = await refusalOf(client)
      expect(message, what).toBe(INVALID.message)
      expect(error, what).toMatchObject(INVALID)
    }
  })

  it('is refused with a wrong token in the query', async () => {
    await using scene = await startScene()
    for (const token of ['wrong', '\u0000', '\ud83d\ude00', '__proto__', 'x'.repeat(4_000)]) {
      const client = scene.client({ query: { token }, transports: [transport] })
      expect((await refusalOf(client)).error).toMatchObject(INVALID)
    }
    const client = scene.client({ query: { token: '' }, transports: [transport] })
    expect((await refusalOf(client)).error).toMatchObject(REQUIRED)
  })

  it('counts a wrong token and not the right one behind it in the query', async () => {
    await using scene = await startScene()
    const client = scene.client({
      auth: { token: ['wrong'] },
      query: { token: await scene.acquireToken() },
      transports: [transport],
    })
    expect((await refusalOf(client)).error).toMatchObject(INVALID)
  })

  it('may be tried again after many refusals', async () => {
    await using scene = await startScene()
    const client = scene.client({ auth: { token: 'wrong' }, transports: [transport] })
    for (let attempt = 0; attempt < 20; attempt += 1) await refusalOf(client)
    client.auth = { token: await scene.acquireToken() }
    const welcome = new Promise((resolve) => client.once('connected', resolve))
    client.connect()
    await within(welcome, 'the welcome')
  })
})

describe('a handshake written by hand', () => {
  it.each([
    ['twice, the wrong one last', (token: string) => `&token=${token}&token=x`, INVALID],
    ['twice, an empty one last', (token: string) => `&token=${token}&token=`, REQUIRED],
    ['as an array', (token: string) => `&token[]=${token}`, REQUIRED],
    ['as an object', (token: string) => `&token[a]=${token}`, REQUIRED],
    ['badly encoded', () => '&token=%zz%ff%', INVALID],
    ['under __proto__', (token: string) => `&__proto__[token]=${token}`, REQUIRED],
  ])('is refused with a token in the query %s', async (_what, query, expected) => {
    await using scene = await startScene()
    const raw = await scene.raw({ query: query(await scene.acquireToken()) })
    raw.send('40')
    const { message, data } = JSON.parse(((await raw.next('44')) ?? '').slice(2)) as never
    expect(message).toBe(expected.message)
    expect(checkError(data)).toMatchObject(expected)
  })

  it('is closed after a token of a megabyte', async () => {
    await using scene = await startScene()
    const raw = await scene.raw()
    raw.send(`40${JSON.stringify({ token: 'x'.repeat(1_000_000) })}`)
    expect(await raw.closed).toBe(1009)
  })

  it.each([
    ['an array', '40["x"]'],
    ['a text', '40"x"'],
    ['a number', '401'],
    ['broken JSON', '40{"token":'],
    ['invalid UTF-16 escapes', '40{"token":"\\ud8"}'],
  ])('is closed when its auth is %s', async (_what, packet) => {
    await using scene = await startScene()
    const raw = await scene.raw()
    raw.send(packet)
    if (packet === '401') expect(await raw.next('44')).toContain('token_required')
    else await raw.closed
  })
})
