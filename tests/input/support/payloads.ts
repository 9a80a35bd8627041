/** A payload, and its description for test names. */
export type NamedPayload = readonly [what: string, payload: unknown]

export function nestedArrays(depth: number): unknown {
  return JSON.parse('['.repeat(depth) + ']'.repeat(depth))
}

function nestedObjects(depth: number): unknown {
  return JSON.parse('{"a":'.repeat(depth) + 'null' + '}'.repeat(depth))
}

/** Payloads for which the server closes the connection before it reads further. */
export const closingPayloads: readonly NamedPayload[] = [
  ['arrays 500 deep', nestedArrays(500)],
  ['objects 500 deep', nestedObjects(500)],
  ['1,001 keys', Object.fromEntries(Array.from({ length: 1_001 }, (_, key) => [key, 0]))],
  ['a Buffer', Buffer.from('binary')],
  ['a Buffer further in', { a: [1, { b: Buffer.from('binary') }] }],
]

/** Payloads that every command refuses, whatever its schema. */
export const refusedPayloads: readonly NamedPayload[] = [
  ['__proto__ as a key', JSON.parse('{"__proto__":{"polluted":true}}')],
  ['__proto__ further in', JSON.parse('[{"a":[{"__proto__":{"polluted":true}}]}]')],
  ['__proto__ with a plain value', JSON.parse('{"__proto__":1}')],
  ['constructor.prototype', { constructor: { prototype: { polluted: true } } }],
  ['constructor.prototype further in', [{ a: { constructor: { prototype: {} } } }]],
  ['a Buffer', Buffer.from('binary')],
  ['an empty Buffer', Buffer.alloc(0)],
  ['a typed array', new Uint16Array([1, 2, 3])],
  ['an ArrayBuffer', new ArrayBuffer(8)],
  ['a Buffer further in', { a: [1, { b: Buffer.from('binary') }] }],
  ['the same Buffer twice', twice(Buffer.from('binary'))],
]

/** Payloads that are valid for some commands only, by their schemas. */
export const doubtfulPayloads: readonly NamedPayload[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['0', 0],
  ['-0', -0],
  ['the largest number', Number.MAX_VALUE],
  ['a number beyond the safe integers', Number.MAX_SAFE_INTEGER + 2],
  ['NaN, which JSON makes null', Number.NaN],
  ['an empty string', ''],
  ['a string', 'text'],
  ['NUL', 'a\u0000b'],
  ['NUL as a key', { '\u0000': '\u0000' }],
  ['lone surrogates', '\ud800 \udc00'],
  ['lone surrogates as a key', { '\udfff': '\ud83d' }],
  ['right-to-left marks and emoji', 'سلام \u202e 🧠 \ufeff'],
  ['an empty array', []],
  ['an array', [1, 'two', null, [3]]],
  ['an array of 10,000', Array.from({ length: 10_000 }, (_, index) => index)],
  ['10,000 objects', Array.from({ length: 10_000 }, () => ({}))],
  ['an empty object', {}],
  ['an object', { unexpected: { deeply: ['nested'] } }],
  ['constructor as a harmless key', { constructor: 'Ada', prototype: 1 }],
  ['names of methods as keys', { toString: 1, valueOf: null, hasOwnProperty: [], toJSON: 'x' }],
  ['then as a key', { then: 'later', catch: 'never' }],
  ['a false length', { length: 1e9, 0: 'a' }],
  ['a forged placeholder', { _placeholder: true, num: 0 }],
  ['a forged placeholder out of range', [{ _placeholder: true, num: -1 }]],
  ['text that looks like a packet', '42["ping"]'],
  ['text that looks like SQL', "'; DROP TABLE sessions; --"],
  ['just under 64 KiB of text', 'x'.repeat(65_000)],
]

function twice(value: unknown): unknown {
  return [value, value]
}
