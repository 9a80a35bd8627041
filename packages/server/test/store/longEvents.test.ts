import { afterEach, expect, it, vi } from 'vitest'
import { LongEvents } from '../../src/store/postgres/bus/longEvents.js'
import type { Query } from '../../src/store/postgres/query.js'

afterEach(() => {
  vi.useRealTimers()
})

it('events that are too long for a hint seldom remove old ones, which no index finds', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const statements: string[] = []
  const query: Query = (text) => {
    statements.push(text.split(' ')[0] ?? '')
    return Promise.resolve([{ id: 1 }] as never)
  }
  const events = new LongEvents(query)
  const event = { event: 'noted', payload: 'x'.repeat(5_000), to: { everyone: true } } as const
  const long = { event, body: JSON.stringify(event) }
  expect(await events.hintsOf([long, long, long])).toEqual([{ ref: 1 }, { ref: 1 }, { ref: 1 }])
  expect(statements).toEqual(['delete', 'insert', 'insert', 'insert'])
  vi.advanceTimersByTime(10_000)
  await events.hintsOf([long, long])
  expect(statements.slice(4)).toEqual(['delete', 'insert', 'insert'])
})
