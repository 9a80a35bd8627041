import { AssertionError } from 'node:assert'
import { expect, it } from 'vitest'
import { assertDelivered } from '../src/index.js'
import type { AssertDeliveredOptions } from '../src/index.js'

/** The message of the error; `undefined` if there is none. */
function complaint<Item>(
  sent: readonly Item[],
  received: readonly Item[],
  options?: AssertDeliveredOptions<Item>,
): string | undefined {
  try {
    assertDelivered(sent, received, options)
    return undefined
  } catch (error) {
    if (error instanceof AssertionError) return error.message
    throw error
  }
}

it.each<[string, unknown[], unknown[], string | undefined]>([
  ['nothing at all', [], [], undefined],
  ['everything', ['a', 'b', 'c'], ['a', 'b', 'c'], undefined],
  ['what was sent twice, twice', ['a', 'a'], ['a', 'a'], undefined],
  ['objects, by their JSON', [{ n: 1 }, { n: 2 }], [{ n: 1 }, { n: 2 }], undefined],
  ['a loss', ['a', 'b', 'c'], ['a', 'c'], '1 missing: "b" (3 sent, 2 received)'],
  [
    'the loss of one of two that are alike',
    ['a', 'a'],
    ['a'],
    '1 missing: "a" (2 sent, 1 received)',
  ],
  ['a double', ['a', 'b'], ['a', 'b', 'a'], '1 doubled: "a" (2 sent, 3 received)'],
  ['a stranger', ['a'], ['a', 'x'], '1 never sent: "x" (1 sent, 2 received)'],
  [
    'another order',
    ['a', 'b', 'c'],
    ['b', 'a', 'c'],
    '1 out of order: "a" after "b" (3 sent, 3 received)',
  ],
  [
    'all of them',
    ['a', 'b', 'c', 'd'],
    ['c', 'a', 'a', undefined],
    '2 missing: "b", "d"; 1 doubled: "a"; 1 never sent: null; 1 out of order: "a" after "c" (4 sent, 4 received)',
  ],
])('says of %s what is wrong', (_what, sent, received, expected) => {
  const prefix = 'Not delivered once each: '
  expect(complaint(sent, received)).toBe(expected && prefix + expected)
})

it('tells items apart as the test says, and lets several senders mix', () => {
  const sent = [
    { id: 1, text: 'a' },
    { id: 2, text: 'a' },
  ]
  const received = [
    { id: 2, text: 'A' },
    { id: 1, text: 'A' },
  ]
  expect(complaint(sent, received, { by: ({ id }) => id })).toMatch('1 out of order: 1 after 2')
  expect(complaint(sent, received, { by: ({ id }) => id, inOrder: false })).toBeUndefined()
})

it('names ten of many', () => {
  const sent = Array.from({ length: 13 }, (_, n) => n)
  expect(complaint(sent, [])).toMatch('13 missing: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 3 more')
})

it('shows runners what was expected', () => {
  let thrown: unknown
  try {
    assertDelivered(['a'], [])
  } catch (error) {
    thrown = error
  }
  expect(thrown).toMatchObject({ expected: ['a'], actual: [] })
})
