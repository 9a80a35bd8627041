import type { RoomMessage } from '@yektayar/protocol'
import { expect, it, vi } from 'vitest'
import { Feed } from '../src/rooms/feed.js'
import { defaultLimits } from '../src/shared/limits.js'

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
