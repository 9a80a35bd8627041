import { expect, it } from 'vitest'
import { ordinal } from '../src/i18n/ordinal.js'

it.each([
  [1, 'اول'],
  [3, 'سوم'],
  [10, 'دهم'],
  [11, 'شمارهٔ ۱۱'],
])('names attempt %i in Persian as one says it', (value, expected) => {
  expect(ordinal(value, 'fa', value.toLocaleString('fa'))).toBe(expected)
})

it('leaves it a number in English', () => {
  expect(ordinal(3, 'en', '3')).toBe('3')
})
