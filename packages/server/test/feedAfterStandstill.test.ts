import { expect, it } from 'vitest'
import { messageAt, openFeed, position } from './support/openFeed.js'
import { range } from './support/range.js'

it('messages that were read before a process stood still are sent after sessions are read, once', async () => {
  let isStale = false
  const { feed, read, sent, answers, onFailure } = openFeed({ isStale: () => isStale })
  feed.place({ ...position, seq: 0 }, undefined)
  feed.look({ ...position, seq: 1 })
  isStale = true
  answers[0]?.([messageAt(1)])
  await new Promise(setImmediate)
  expect(sent).toEqual([])
  isStale = false
  feed.look({ ...position, seq: 1 })
  answers[1]?.([messageAt(1)])
  await new Promise(setImmediate)
  expect(sent).toEqual([1])
  expect(read).toHaveBeenCalledTimes(2)
  expect(onFailure).not.toHaveBeenCalled()
})

/** Turns of the microtask queue in which something may happen after a read has ended. */
const moments = range(0, 8)

it.each(moments)(
  'a message that is announced %i microtasks after a read is read',
  async (count) => {
    let stored = 1
    const read = (_room: string, { after }: { after: number }) =>
      Promise.resolve({ messages: range(after + 1, stored).map(messageAt), more: false })
    const sent: number[] = []
    const { feed } = openFeed({
      store: { read } as never,
      send: (messages) => {
        sent.push(...messages.map(({ seq }) => seq))
        if (stored > 1) return
        void (async () => {
          for (let turn = 0; turn < count; turn++) await Promise.resolve()
          stored = 2
          feed.look({ ...position, seq: 2 })
        })()
      },
    })
    feed.place({ ...position, seq: 0 }, undefined)
    feed.look({ ...position, seq: 1 })
    await new Promise(setImmediate)
    expect(sent).toEqual([1, 2])
  },
)
