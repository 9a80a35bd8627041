import { expect, it } from 'vitest'
import { EventQueue } from '../../src/store/postgres/bus/eventQueue.js'
import { range } from '../support/range.js'

it('keeps the latest events where too many wait to be told', () => {
  const queue = new EventQueue()
  for (const index of range(1, 10_003)) queue.push({ adapter: String(index) })
  expect(queue.dropped).toBe(3)
  expect(queue.take().map(({ body }) => body)[0]).toBe('{"adapter":"4"}')
  expect(queue.length).toBe(0)
})

it('keeps the latest events where they are too long', () => {
  const queue = new EventQueue()
  const long = 'x'.repeat(10 * 1024 * 1024)
  for (const name of ['a', 'b', 'c', 'd']) queue.push({ adapter: name + long })
  expect(queue.take().map(({ body }) => body.slice(12, 13))).toEqual(['b', 'c', 'd'])
  expect(queue.dropped).toBe(1)
})

it('puts back in front what could not be told, but not who is typing', () => {
  const queue = new EventQueue()
  queue.push({ adapter: 'first' })
  queue.push({ typing: { room: 'public:lobby', from: 'sara', isTyping: true } })
  const taken = queue.take()
  queue.push({ adapter: 'second' })
  queue.putBack(taken)
  expect(queue.take().map(({ event }) => event)).toEqual([
    { adapter: 'first' },
    { adapter: 'second' },
  ])
})
