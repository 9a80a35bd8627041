import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Typing } from '../src/rooms/typing.js'
import type { NodeEvent } from '../src/store/emittedEvent.js'
import { range } from './support/range.js'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

let sent = 0
const nobody = { except: () => ({ volatile: { emit: () => ++sent } }) }
const io = {
  local: { to: () => nobody },
  sockets: { adapter: { rooms: new Map() }, sockets: new Map() },
}
const connection = { local: { to: () => nobody } } as never

function start(isStale = false) {
  const told: unknown[] = []
  const typing = new Typing({
    io: io as never,
    presence: { spoke: () => undefined } as never,
    events: {
      hasPeers: () => true,
      pass(event: NodeEvent) {
        if ('typing' in event) told.push(event.typing)
      },
    } as never,
    isStale: () => isStale,
  })
  const tell = (from: string, isTyping: boolean): void => {
    typing.tell(connection, { room: 'public:lobby', from, isTyping })
  }
  return { typing, told, tell }
}

it('tells other processes at once, and then the latest word of each member', () => {
  const { told, tell } = start()
  const common = { room: 'public:lobby' }
  tell('a', true)
  expect(told.splice(0)).toEqual([{ ...common, from: 'a', isTyping: true }])
  for (const isTyping of [true, false, true, false]) tell('a', isTyping)
  tell('b', true)
  expect(told).toEqual([])
  vi.advanceTimersByTime(100)
  expect(told.splice(0)).toEqual([
    { ...common, from: 'a', isTyping: false },
    { ...common, from: 'b', isTyping: true },
  ])
  vi.advanceTimersByTime(1_000)
  expect(told).toEqual([])
})

it('leaves out some where too many begin to type at once, and tells nothing after its end', () => {
  const { typing, told, tell } = start()
  for (const index of range(0, 1_500)) tell(String(index), true)
  vi.advanceTimersByTime(100)
  expect(told).toHaveLength(1_001) // the first one was told at once
  tell('late', true)
  tell('later', true)
  typing.close()
  vi.advanceTimersByTime(1_000)
  expect(told).toHaveLength(1_001)
})

it.each([
  [false, 1],
  [true, 0],
])(
  'reaches members here from another process, unless nothing may be sent: %s',
  (isStale, count) => {
    const { typing } = start(isStale)
    sent = 0
    typing.heard({ room: 'public:lobby', from: 'a', isTyping: true })
    expect(sent).toBe(count)
  },
)
