import { describe, expect, it, vi } from 'vitest'
import { YektaYarSocket } from '../src/index.js'
import { rejection, startServer } from './support/server.js'
import { signingIn } from './support/signingIn.js'

class Money {
  readonly amount = 1
}
class Birthday extends Date {}

const cycle: { self?: unknown } = {}
cycle.self = cycle
const { proxy, revoke } = Proxy.revocable({}, {})
revoke()
const unreadable = {
  toJSON() {
    throw new Error('a secret')
  },
}

/** Each with what is said of it. */
const kinds: [what: string, value: unknown, message: string][] = [
  ['a File', new File([], 'a.png'), 'is a File: send its URL'],
  ['a Blob', new Blob([]), 'is a Blob: send its URL'],
  ['a Buffer', Buffer.from('a'), 'is a Buffer: send base64'],
  ['a typed array', new Uint8Array(2), 'is a Uint8Array: send base64'],
  ['an ArrayBuffer', new ArrayBuffer(2), 'is an ArrayBuffer: send base64'],
  ['a DataView', new DataView(new ArrayBuffer(1)), 'is a DataView: send base64'],
  ['a Map', new Map([['username', 'sara']]), 'is a Map: send an array'],
  ['a Set', new Set(['sara']), 'is a Set: send an array'],
  ['a WeakMap', new WeakMap(), 'is a WeakMap: send plain JSON'],
  ['a RegExp', /a/, 'is a RegExp: send plain JSON'],
  ['an Error', new TypeError('x'), 'is a TypeError: send plain JSON'],
  ['a Promise', Promise.resolve({}), 'is a Promise: send plain JSON'],
  ['a function', () => ({}), 'is a function: send plain JSON'],
  ['a class', Money, 'is a function: send plain JSON'],
  ['a symbol', Symbol('x'), 'is a symbol: send plain JSON'],
  ['a bigint', 1n, 'is a bigint: send a string'],
  ['NaN', NaN, 'is NaN: send null'],
  ['an infinity', Infinity, 'is Infinity: send null'],
  // eslint-disable-next-line no-sparse-arrays -- what is refused
  ['a hole', [1, , 3], 'has holes or named members'],
  ['a symbol as a key', { [Symbol('x')]: 1 }, 'has a symbol as a key'],
  ['an instance', new Money(), 'is a Money: send plain JSON'],
  ['a boxed text', Object('x'), 'is a String: send plain JSON'],
  ['search parameters', new URLSearchParams('a=b'), 'is a URLSearchParams: send plain JSON'],
  ['form data', new FormData(), 'is a FormData: send plain JSON'],
  ['a proxy that throws', proxy, 'cannot be read'],
  ['a toJSON() that throws', unreadable, 'cannot be read'],
  ['a toJSON() of a Map', { toJSON: () => new Map() }, 'is a Map: send an array'],
]

/** JSON, but without fields: only refused as a whole. */
const scalars: [what: string, value: unknown, message: string][] = [
  ['a text', 'sara', 'is no object'],
  ['a number', 1, 'is no object'],
  ['a list', [['username', 'sara']], 'is no object'],
  ['a date', new Date(0), 'is no object'],
  ['an instance of a subclass of Date', new Birthday(0), 'is no object'],
  ['a URL', new URL('http://a.test'), 'is no object'],
]

const wholes = [...kinds, ['a cycle', cycle, 'is a cycle: send an id'] as const, ...scalars]
const places = [
  ...wholes.map(([what, value, message]) => ({ what, value, path: pathOf(what), message })),
  ...kinds.map(([what, avatar, message]) => ({
    what: `${what} in a field`,
    value: { avatar },
    path: 'avatar',
    message,
  })),
]

/** A cycle is found where it closes. */
function pathOf(what: string): string {
  return what === 'a cycle' ? 'self' : ''
}

function refusal(code: string, { path, message }: { path: string; message: string }) {
  return {
    code,
    retryable: false,
    mayHaveRun: false,
    message: expect.stringContaining(`: ${path || 'the input'} ${message}`) as string,
    data: { issues: [{ path, message }] },
  }
}

describe('what is not JSON', () => {
  it.each(places)('is refused as credentials, and nothing is sent: $what', async (place) => {
    const fetch = vi.fn<typeof globalThis.fetch>()
    const client = new YektaYarSocket({ url: 'http://localhost:1', fetch })
    const signIn = client.session.signIn(place.value as never)
    expect(await rejection(signIn)).toMatchObject(refusal('invalid_input', place))
    expect(fetch).not.toHaveBeenCalled()
  })

  it.each(places)('is refused as metadata, by the constructor: $what', (place) => {
    expect(() => new YektaYarSocket({ metadata: place.value as never })).toThrow(
      expect.objectContaining(refusal('invalid_options', place)),
    )
  })

  it.each([undefined, null])('is %s, of which there are no credentials', async (credentials) => {
    const client = new YektaYarSocket({ url: 'http://localhost:1' })
    const error = await rejection(client.session.signIn(credentials as never))
    expect(error).toMatchObject({ code: 'invalid_input' })
  })
})

describe('what an app goes on to change', () => {
  it('is sent as credentials as it was at the call', async () => {
    await using context = await startServer(signingIn)
    const client = context.client()
    await client.connect()
    const form = { username: 'sara', password: 'correct horse' }
    const signedIn = client.session.signIn(form)
    form.password = ''
    await signedIn
    expect(client.session.userId).toBe('user-sara')
  })

  it('may have a toJSON(), which is asked', async () => {
    await using context = await startServer(signingIn)
    const client = context.client()
    const form = { toJSON: () => ({ username: 'sara', password: 'correct horse' }) }
    await client.session.signIn(form as never)
    expect(client.session.userId).toBe('user-sara')
  })
})
