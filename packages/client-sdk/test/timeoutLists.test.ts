import { afterEach, expect, it, vi } from 'vitest'
import { TimeoutLists } from '../src/shared/timeoutLists.js'
import type { TimeoutEntry } from '../src/shared/timeoutLists.js'
import { numbers } from './support/numbers.js'

class Entry implements TimeoutEntry<Entry> {
  list: TimeoutEntry<Entry>['list']
  previous: Entry | undefined
  next: Entry | undefined
  addedAt = 0
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

function setUp() {
  const ended: string[] = []
  const lists = new TimeoutLists<Entry>((entry) => {
    if (lists.remove(entry)) ended.push(entry.name)
  })
  const add = (name: string, timeoutMs: number): Entry => {
    const entry = new Entry(name)
    lists.add(entry, timeoutMs)
    return entry
  }
  return { lists, ended, add }
}

afterEach(() => {
  vi.useRealTimers()
})

it('ends each entry at its time, with one timer for each distinct timeout', () => {
  vi.useFakeTimers()
  const { ended, add } = setUp()
  add('a', 100)
  add('b', 50)
  vi.advanceTimersByTime(40)
  add('c', 100)
  add('d', 50)
  expect(vi.getTimerCount()).toBe(2)
  vi.advanceTimersByTime(10)
  expect(ended).toEqual(['b'])
  vi.advanceTimersByTime(40)
  expect(ended).toEqual(['b', 'd'])
  vi.advanceTimersByTime(10)
  expect(ended).toEqual(['b', 'd', 'a'])
  vi.advanceTimersByTime(40)
  expect(ended).toEqual(['b', 'd', 'a', 'c'])
  expect(vi.getTimerCount()).toBe(0)
})

it('removes an entry wherever it is, and once', () => {
  vi.useFakeTimers()
  const { lists, ended, add } = setUp()
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => add(name, 100))
  for (const entry of [b, a, d]) expect(entry && lists.remove(entry)).toBe(true)
  expect(b && lists.remove(b)).toBe(false)
  expect(lists.all()).toEqual([c])
  vi.advanceTimersByTime(100)
  expect(ended).toEqual(['c'])
  expect(lists.all()).toEqual([])
})

it('keeps few timers of lists that are empty, whatever the timeouts are', () => {
  vi.useFakeTimers()
  const { lists, add } = setUp()
  for (const n of numbers(1, 1_000)) lists.remove(add('x', 10_000 + n))
  expect(vi.getTimerCount()).toBeLessThan(20)
  vi.advanceTimersByTime(12_000)
  expect(vi.getTimerCount()).toBe(0)
})

it.each([NaN, -1, Infinity, 2 ** 40])('takes %s for the nearest that a timer can wait', (ms) => {
  vi.useFakeTimers()
  const { ended, add } = setUp()
  add('a', ms)
  vi.advanceTimersByTime(1)
  expect(ended).toEqual(ms > 0 ? [] : ['a'])
})

it('ends entries where a test has replaced the timers, with or without the clock', () => {
  const { ended, add, lists } = setUp()
  lists.remove(add('real', 100))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  add('a', 100)
  vi.advanceTimersByTime(60)
  add('b', 100)
  vi.advanceTimersByTime(40)
  expect(ended).toEqual(['a'])
  vi.advanceTimersByTime(100)
  expect(ended).toEqual(['a', 'b'])
})
