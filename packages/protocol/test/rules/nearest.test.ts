import { describe, expect, it } from 'vitest'
import { didYouMean, nearestName } from '../../src/rules.js'

const known = ['corsOrigins', 'corsHeaders', 'path', 'basePath', 'echo', 'ping']

describe('the nearest name', () => {
  it.each([
    ['corsOrigin', 'corsOrigins'],
    ['CORSORIGINS', 'corsOrigins'],
    ['basepth', 'basePath'],
    ['pth', 'path'],
    ['ecko', 'echo'],
    ['pign', 'ping'],
    ['cors', 'corsOrigins'],
    ['Base', 'basePath'],
  ])('of %s is %s', (name, nearest) => {
    expect(nearestName(name, known)).toBe(nearest)
    expect(didYouMean(name, known)).toBe(`Did you mean "${nearest}"?`)
  })

  it.each(['', 'x', 'banana', 'no_such_command', 'e'.repeat(100_000)])(
    'is none for another word: %s',
    (name) => {
      expect(nearestName(name, known)).toBeUndefined()
      expect(didYouMean(name, known)).toBeUndefined()
    },
  )

  it('is the first of several that are as near', () => {
    expect(nearestName('aXbb', ['aabb', 'abbb'])).toBe('aabb')
  })
})
