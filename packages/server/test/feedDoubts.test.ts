import { expect, it } from 'vitest'
import { messageAt, openFeed, position } from './support/openFeed.js'

const turn = () => new Promise(setImmediate)

it('a page that was read before the log came in doubt is not sent, and is read again after it', async () => {
  const { feed, read, sent, answers } = openFeed()
  feed.place({ ...position, seq: 1 }, 'one')
  feed.look({ ...position, seq: 2 })
  feed.doubt()
  answers[0]?.([messageAt(2)])
  await turn()
  expect(sent).toEqual([])
  const { doubts = 0 } = feed.doubted ?? {}
  const head = { ...position, seq: 2 }
  expect(feed.compared({ head, idAtPlace: 'one' }, doubts)).toBe('same')
  answers[1]?.([messageAt(2)])
  await turn()
  expect(sent).toEqual([2])
  expect(read).toHaveBeenCalledTimes(2)
})

it('a page that was read before the log lost messages is never sent', async () => {
  const { feed, sent, answers } = openFeed()
  feed.place({ ...position, seq: 1 }, 'one')
  feed.look({ ...position, seq: 2 })
  feed.doubt()
  const head = { ...position, seq: 1 }
  const { doubts = 0 } = feed.doubted ?? {}
  expect(feed.compared({ head, idAtPlace: 'another' }, doubts)).toBe('lost')
  answers[0]?.([messageAt(2)])
  await turn()
  expect(sent).toEqual([])
})

it('the id at a place is asked for once at a time, and again where it was not found', async () => {
  const { feed, compare } = openFeed()
  feed.place({ ...position, seq: 5 }, undefined)
  feed.place({ ...position, seq: 5 }, undefined)
  expect(compare.mock.calls).toEqual([[[{ room: position.room, seq: 5 }]]])
  await turn()
  compare.mockRejectedValueOnce(new Error('the store is not there'))
  feed.place({ ...position, seq: 5 }, undefined)
  await turn()
  compare.mockResolvedValueOnce([{ idAtPlace: 'five' }])
  feed.place({ ...position, seq: 5 }, undefined)
  await turn()
  expect(compare).toHaveBeenCalledTimes(3)
  feed.place({ ...position, seq: 5 }, undefined)
  expect(compare).toHaveBeenCalledTimes(3)
})
