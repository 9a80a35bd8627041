import type { RoomMessage } from '@yektayar/protocol'
import { vi } from 'vitest'
import { Feed } from '../../src/rooms/feed.js'
import type { FeedDeps } from '../../src/rooms/feed.js'
import { defaultLimits } from '../../src/shared/limits.js'

/** The log of which the feed sends the messages. */
export const position = { room: 'public:lobby', epoch: 'e' }

export function messageAt(seq: number): RoomMessage {
  return { ...position, seq, id: String(seq), from: 'x', data: null, at: '' }
}

/** A feed with one reader. The test answers its reads one by one, unless the changes bring a store. */
export function openFeed(changes: Partial<FeedDeps> = {}) {
  const answers: ((messages: RoomMessage[]) => void)[] = []
  const read = vi.fn(
    () =>
      new Promise((resolve) => {
        answers.push((messages) => {
          resolve({ messages, more: false })
        })
      }),
  )
  const compare = vi.fn(() => Promise.resolve<unknown[]>([]))
  const onFailure = vi.fn()
  const sent: number[] = []
  const feed = new Feed({
    room: position.room,
    store: { read, compare } as never,
    maxPageBytes: defaultLimits.maxPageBytes,
    send: (messages) => sent.push(...messages.map(({ seq }) => seq)),
    isStale: () => false,
    onDoubt: onFailure,
    onFailure,
    ...changes,
  })
  feed.connections = 1
  return { feed, read, compare, sent, answers, onFailure }
}
