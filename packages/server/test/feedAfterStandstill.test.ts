import type { RoomMessage } from '@yektayar/protocol'
import { expect, it, vi } from 'vitest'
import { Feed } from '../src/rooms/feed.js'
import { defaultLimits } from '../src/shared/limits.js'
import { range } from './support/range.js'

it('messages that were read before a process stood still are sent after sessions are read, once', async () => {
  const position = { room: 'public:lobby', epoch: 'e' }
  const message: RoomMessage = { ...position, seq: 1, id: 'a', from: 'x', data: 'a secret', at: '' }
  let isStale = false
  let answer: (() => void) | undefined
  const read = vi.fn(
    () =>
      new Promise<{ messages: RoomMessage[]; more: boolean }>((resolve) => {
        answer = () => {
          resolve({ messages: [message], more: false })
        }
      }),
  )
  const send = vi.fn()
  const onFailure = vi.fn()
  const feed = new Feed({
    room: position.room,
    store: { read } as never,
    maxPageBytes: defaultLimits.maxPageBytes,
    send,
    isStale: () => isStale,
    onDoubt: onFailure,
    onFailure,
  })
  feed.connections = 1
  feed.place({ ...position, seq: 0 }, undefined)
  feed.look({ ...position, seq: 1 })
  isStale = true
  answer?.()
  await new Promise(setImmediate)
  expect(send).not.toHaveBeenCalled()
  isStale = false
  feed.look({ ...position, seq: 1 })
  answer?.()
  await new Promise(setImmediate)
  expect(send.mock.calls).toEqual([[[message]]])
  expect(read).toHaveBeenCalledTimes(2)
  expect(onFailure).not.toHaveBeenCalled()
})

/** Turns of the microtask queue in which something may happen after a read has ended. */
const moments = range(0, 8)

it.each(moments)(
  'a message that is announced %i microtasks after a read is read',
  async (count) => {
    const position = { room: 'public:lobby', epoch: 'e' }
    let stored = 1
    const messagesAfter = (after: number): RoomMessage[] =>
      range(after + 1, stored).map((seq) => ({
        ...{ ...position, seq, id: String(seq), from: 'x', data: null, at: '' },
      }))
    const sent: number[] = []
    const feed = new Feed({
      room: position.room,
      store: {
        read: (_room: string, { after }: { after: number }) =>
          Promise.resolve({ messages: messagesAfter(after), more: false }),
      } as never,
      maxPageBytes: defaultLimits.maxPageBytes,
      send: (messages) => {
        sent.push(...messages.map(({ seq }) => seq))
        if (stored > 1) return
        void (async () => {
          for (let turn = 0; turn < count; turn++) await Promise.resolve()
          stored = 2
          feed.look({ ...position, seq: 2 })
        })()
      },
      isStale: () => false,
      onDoubt: vi.fn(),
      onFailure: vi.fn(),
    })
    feed.connections = 1
    feed.place({ ...position, seq: 0 }, undefined)
    feed.look({ ...position, seq: 1 })
    await new Promise(setImmediate)
    expect(sent).toEqual([1, 2])
  },
)
