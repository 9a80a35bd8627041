import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { copyJson } from '../src/index.js'

class Money {
  readonly amount = 1
}

const cycle: { child: { parent?: unknown } } = { child: {} }
cycle.child.parent = cycle
const revoked = Proxy.revocable({}, {})
revoked.revoke()
const fail = (): never => {
  throw new Error('a secret')
}

describe('what is not JSON', () => {
  it.each<[what: string, value: unknown, path: string, message: string]>([
    ['a File', { avatar: new File([], 'a.png') }, 'avatar', 'is a File: send its URL'],
    ['a Blob', { files: [1, new Blob([])] }, 'files.1', 'is a Blob: send its URL'],
    ['a Buffer', { b: Buffer.from('a') }, 'b', 'is a Buffer: send base64'],
    ['a typed array', new Uint8Array(2), '', 'is a Uint8Array: send base64'],
    ['an ArrayBuffer', [new ArrayBuffer(2)], '0', 'is an ArrayBuffer: send base64'],
    ['a DataView', new DataView(new ArrayBuffer(1)), '', 'is a DataView: send base64'],
    ['a Map', { a: { b: new Map() } }, 'a.b', 'is a Map: send an array'],
    ['a Set', [[new Set()]], '0.0', 'is a Set: send an array'],
    [
      'an object that names itself like a member of all objects',
      { a: Object.assign(new Money(), { [Symbol.toStringTag]: 'constructor' }) },
      'a',
      'is a Money: send plain JSON',
    ],
    [
      'an object that hides its constructor',
      { a: Object.assign(new Money(), { constructor: undefined }) },
      'a',
      'is an Object: send plain JSON',
    ],
    ['a WeakMap', [new WeakMap()], '0', 'is a WeakMap: send plain JSON'],
    ['a RegExp', { like: /a/ }, 'like', 'is a RegExp: send plain JSON'],
    ['an Error', { why: new TypeError('x') }, 'why', 'is a TypeError: send plain JSON'],
    ['a Promise', { later: Promise.resolve(1) }, 'later', 'is a Promise: send plain JSON'],
    ['a function', { onClick: () => 1 }, 'onClick', 'is a function: send plain JSON'],
    ['a class', Money, '', 'is a function: send plain JSON'],
    ['a symbol', { a: Symbol('x') }, 'a', 'is a symbol: send plain JSON'],
    ['a bigint', { id: 1n }, 'id', 'is a bigint: send a string'],
    ['NaN', { score: NaN }, 'score', 'is NaN: send null'],
    ['an infinity', [-Infinity], '0', 'is -Infinity: send null'],
    ['undefined', undefined, '', 'is undefined: send null'],
    ['undefined in a list', [1, undefined], '1', 'is undefined: send null'],
    ['a cycle', cycle, 'child.parent', 'is a cycle: send an id'],
    // eslint-disable-next-line no-sparse-arrays -- the hole is what is tested
    ['a hole', { list: [1, , 3] }, 'list', 'has holes or named members'],
    ['a list with members', /a/.exec('a'), '', 'has holes or named members'],
    ['a symbol as a key', { a: { [Symbol('x')]: 1 } }, 'a', 'has a symbol as a key'],
    ['an instance', { price: new Money() }, 'price', 'is a Money: send plain JSON'],
    ['a boxed text', [Object('x')], '0', 'is a String: send plain JSON'],
    ['an iterator', { next: [1].values() }, 'next', 'is an Object: send plain JSON'],
    ['search parameters', new URLSearchParams(), '', 'is a URLSearchParams: send plain JSON'],
    [
      'a getter that throws',
      {
        get text() {
          return fail()
        },
      },
      'text',
      'cannot be read',
    ],
    ['a proxy that throws', { a: [revoked.proxy] }, 'a.0', 'cannot be read'],
    ['a toJSON() that throws', { a: 1, b: { toJSON: fail } }, 'b', 'cannot be read'],
    ['a toJSON() of no JSON', { at: { toJSON: () => new Map() } }, 'at', 'is a Map: send an array'],
    ['a depth without end', nested(5_000), '', 'nests more than 1000 deep'],
  ])('is %s, named by path and kind', (_what, value, path, message) => {
    expect(copyJson(value)).toMatchObject({ ok: false, issue: { path, message } })
  })

  it('keeps what a getter threw beside the message', () => {
    expect(copyJson({ a: { toJSON: fail } })).toMatchObject({ cause: { message: 'a secret' } })
  })
})

describe('what is JSON', () => {
  const shared = { a: 1 }

  it.each<[what: string, value: unknown, copy: unknown, keys: number]>([
    ['null', null, null, 0],
    [
      'what nests',
      { a: [1, 'b', true, null, { c: {} }] },
      { a: [1, 'b', true, null, { c: {} }] },
      2,
    ],
    ['members that are undefined', { a: undefined, b: 1 }, { b: 1 }, 1],
    ['-0', [-0], [0], 0],
    ['dates', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }, 1],
    ['dates that are none', [new Date(NaN)], [null], 0],
    ['addresses', [new URL('http://a.test/b')], ['http://a.test/b'], 0],
    ['an instance with toJSON()', [{ toJSON: () => ({ n: -0 }) }], [{ n: 0 }], 1],
    ['a toJSON() of nothing', { a: { toJSON: () => undefined }, b: 1 }, { b: 1 }, 1],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }, 1],
    ['an object of another realm', runInNewContext('({ a: [1] })'), { a: [1] }, 1],
    ['what occurs twice', [shared, shared], [shared, shared], 2],
    [
      'a getter',
      {
        get a() {
          return 1
        },
      },
      { a: 1 },
      1,
    ],
    ['hidden symbols', Object.defineProperty({}, Symbol('x'), { value: 1 }), {}, 0],
  ])('is %s', (_what, value, expected, keys) => {
    const copy = copyJson(value)
    const maxBytes = expect.any(Number) as number
    expect(copy).toStrictEqual({ ok: true, value: expected, keys, maxBytes, reserved: undefined })
    expect(JSON.stringify(copy.ok && copy.value)).toBe(JSON.stringify(value))
  })

  it('keeps a key that is called as the prototype is', () => {
    const text = '{"__proto__":{"a":1}}'
    const copy = copyJson(JSON.parse(text))
    expect(JSON.stringify(copy.ok && copy.value)).toBe(text)
  })

  it('is a copy, for which each toJSON() is asked once and told its key', () => {
    const asked: unknown[] = []
    const part = { toJSON: (key: string) => ({ asked: asked.push(key) }) }
    const original = { list: [part], part }
    expect(copyJson(original)).toMatchObject({
      value: { list: [{ asked: 1 }], part: { asked: 2 } },
    })
    expect(asked).toEqual(['0', 'part'])
  })

  it.each([
    'é\u0007😀\ud800"',
    [-1.5e-300, 0.1 + 0.2, -1 / 3_000_000, true, false, null],
    { 'ключ\u0000': [[[[]]], { '': {} }], b: undefined },
    Array.from({ length: 100 }, () => ['\u2028', -1e-7]),
  ])('has no more bytes than it says: %j', (value) => {
    const copy = copyJson(value)
    const bytes = Buffer.byteLength(JSON.stringify(value))
    expect(copy.ok && copy.maxBytes).toBeGreaterThanOrEqual(bytes)
  })

  it('nests as deep as it may', () => {
    expect(copyJson(nested(3), 3)).toMatchObject({ ok: true })
    expect(copyJson(nested(4), 3)).toMatchObject({
      issue: { path: '', message: 'nests more than 3 deep' },
    })
  })
})

function nested(depth: number): unknown {
  let value: unknown[] = []
  for (let level = 1; level < depth; level++) value = [value]
  return value
}
