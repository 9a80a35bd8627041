import { expect, it } from 'vitest'
import { en } from '../src/i18n/en.js'
import { fa } from '../src/i18n/fa.js'
import { preferredLanguage } from '../src/i18n/language.js'

it.each([
  [['de-DE', 'fa-IR', 'en'], 'fa'],
  [['FA'], 'fa'],
  [['en-US', 'fa'], 'en'],
  [['fao'], 'en'],
  [[], 'en'],
] as const)('of %j the page takes %s', (wanted, expected) => {
  expect(preferredLanguage(wanted)).toBe(expected)
})

it('fills the same placeholders in every language', () => {
  expect(placeholdersOf(fa)).toEqual(placeholdersOf(en))
})

function placeholdersOf(node: unknown): unknown {
  if (typeof node === 'string') return (node.match(/\{\w+\}/g) ?? []).sort()
  return Object.entries(node as object).map(([key, child]) => [key, placeholdersOf(child)])
}
