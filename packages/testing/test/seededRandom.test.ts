import { expect, it } from 'vitest'
import { seededRandom } from '../src/index.js'

const drawn = (random: { next(): number }) => Array.from({ length: 1_000 }, () => random.next())

it('draws the same numbers from the same seed, and others from another', () => {
  expect(drawn(seededRandom(7))).toEqual(drawn(seededRandom(7)))
  expect(drawn(seededRandom(7))).not.toEqual(drawn(seededRandom(8)))
})

it('is mulberry32', () => {
  const random = seededRandom(1)
  expect([random.next(), random.next(), random.next()]).toEqual([
    0.6270739405881613, 0.002735721180215478, 0.5274470399599522,
  ])
})

it('draws whole numbers of a span, both ends included', () => {
  const random = seededRandom(1)
  const numbers = new Set(Array.from({ length: 200 }, () => random.between(3, 6)))
  expect([...numbers].sort()).toEqual([3, 4, 5, 6])
})

it('forks generators that depend on seed and purpose only', () => {
  const random = seededRandom(7)
  const before = drawn(random.fork('resets'))
  random.next()
  expect(drawn(random.fork('resets'))).toEqual(before)
  expect(drawn(random.fork('stalls'))).not.toEqual(before)
  expect(drawn(seededRandom(8).fork('resets'))).not.toEqual(before)
})
