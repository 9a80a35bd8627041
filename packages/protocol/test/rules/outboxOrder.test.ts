import { describe, expect, it } from 'vitest'
import { areConsecutive, orderOf, repeatedAnswer } from '../../src/rules.js'
import type { NumberedItem } from '../../src/rules.js'

const nothing = { key: undefined, isForked: false }
const end = { lastN: 3, lastKey: 'c' }

function item(n: number, key: string): NumberedItem {
  return { n, key, isSkip: key === '' }
}

it('numbers are consecutive from any number on', () => {
  const numbered = (...numbers: number[]) => numbers.map((n) => ({ n }))
  expect(areConsecutive(numbered(4, 5, 6))).toBe(true)
  for (const odd of [numbered(1, 3), numbered(2, 1), numbered(1, 1)]) {
    expect(areConsecutive(odd)).toBe(false)
  }
})

describe('the order of a delivery', () => {
  it('has old items, and next ones', () => {
    const items = [item(2, 'b'), item(3, 'c'), item(4, 'd')]
    expect(orderOf(items, end, nothing)).toEqual({
      old: items.slice(0, 2),
      next: items.slice(2),
      isForked: false,
    })
  })

  it('expects the next number where a delivery begins beyond it', () => {
    expect(orderOf([item(5, 'e')], end, nothing)).toEqual({ expected: 4 })
    expect(orderOf([item(2, 'b')], { lastN: 0, lastKey: null }, nothing)).toEqual({ expected: 1 })
  })

  it('is not forked by an old item that is not the last one', () => {
    for (const items of [[item(1, 'a')], [item(1, 'a'), item(2, 'b')], [item(1, '')]]) {
      expect(orderOf(items, end, nothing)).toMatchObject({ isForked: false })
    }
  })

  it.each([
    ['another last item', [item(3, 'x'), item(4, 'd')], nothing],
    ['another item before the first one', [item(4, 'd')], { key: 'x', isForked: false }],
    ['an item of the same packet', [item(7, 'd')], { key: undefined, isForked: true }],
  ] as const)('is forked by %s', (_what, items, before) => {
    expect(orderOf(items, end, before)).toMatchObject({ isForked: true })
  })

  it.each([
    ['where the key before is the one that was delivered', 'c', 'c'],
    ['where the client does not say what came before', undefined, 'c'],
    ['where the server does not know any more', 'x', null],
  ])('is not forked %s', (_what, key, lastKey) => {
    const order = orderOf([item(4, 'd')], { lastN: 3, lastKey }, { key, isForked: false })
    expect(order).toMatchObject({ isForked: false })
  })
})

it.each([
  ['its result', item(2, 'b'), { key: 'b', isFailure: false }, 'result'],
  ['its failure', item(2, 'b'), { key: 'b', isFailure: true }, 'failure'],
  ['nothing for a skip', item(2, ''), { key: 'b', isFailure: false }, 'empty'],
  ['its failure for a skip as well', item(2, ''), { key: 'b', isFailure: true }, 'failure'],
  ['a fork under another key', item(2, 'x'), { key: 'b', isFailure: false }, 'forked'],
  ['a fork where a skip was delivered', item(2, 'x'), { key: '', isFailure: false }, 'forked'],
  ['that it is not kept', item(2, 'b'), undefined, 'expired'],
  ['a fork by the last key alone', item(3, 'x'), undefined, 'forked'],
] as const)('an old item is answered %s', (_what, old, kept, answer) => {
  expect(repeatedAnswer(old, kept, end)).toBe(answer)
})
