import { describe, expect, it } from 'vitest'
import { readUserId, refusalOfInput, readPublished, refusals } from '../../src/rules.js'

describe('an input', () => {
  it.each([
    ['binary data', { deep: [new Uint8Array(1)] }, refusals.binaryInput],
    ['a buffer', new ArrayBuffer(1), refusals.binaryInput],
    ['an own key __proto__', JSON.parse('[{"__proto__":1}]'), refusals.reservedKey],
    ['a prototype in a constructor', { constructor: { prototype: 1 } }, refusals.reservedKey],
  ])('with %s is refused', (_what, input, refusal) => {
    expect(refusalOfInput(input)).toBe(refusal)
  })

  it.each([
    ['null', null],
    ['a text', '__proto__'],
    ['keys of everyday', { prototype: 1, constructor: 'x' }],
  ])('of %s is not', (_what, input) => {
    expect(refusalOfInput(input)).toBeUndefined()
  })
})

it.each([
  ['no JSON', 'public:x', () => 1, { message: 'the data is a function: send plain JSON' }],
  ['too deep', 'public:x', [[[]]], { message: 'the data nests more than 2 deep' }],
  ['without a room', '', [[]], refusals.notARoomName],
])('a message that is %s is not published', (_what, room, data, refusal) => {
  expect(readPublished(room, data, 2)).toMatchObject({ ok: false, refusal })
})

it('a message that is fine is published as JSON', () => {
  const data = { at: new Date(0), gone: undefined }
  expect(readPublished('public:x', data, 2)).toStrictEqual({
    ok: true,
    data: { at: '1970-01-01T00:00:00.000Z' },
  })
})

it('a user is a text, or nobody', () => {
  expect(readUserId('sara')).toEqual({ userId: 'sara' })
  expect(readUserId(null)).toEqual({ userId: null })
  expect(readUserId(undefined)).toEqual({ userId: null, mistake: 'undefined' })
  expect(() => readUserId(5)).toThrow('authenticate returned a value of type number')
})
