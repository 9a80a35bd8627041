import { expect, it, vi } from 'vitest'
import { createFeeds } from '../src/rooms/feeds.js'
import { OwnEchoes } from '../src/rooms/ownEchoes.js'
import { defaultLimits } from '../src/shared/limits.js'
import { messageAt, position } from './support/openFeed.js'

it('messages that cannot be sent are in the log, and later ones are sent', () => {
  const log = { error: vi.fn() }
  const failure = new Error('an adapter of somebody else')
  const told = vi.fn().mockImplementationOnce(() => {
    throw failure
  })
  const io = { sockets: { adapter: { rooms: new Map(), sids: new Map() } } }
  const feeds = createFeeds(
    ...[io as never, {} as never, defaultLimits, log as never],
    ...[new OwnEchoes(), () => false, told],
  )
  feeds.open({ join: () => undefined } as never, position.room)
  feeds.place({ ...position, seq: 0 }, undefined)
  feeds.appended([messageAt(1)])
  expect(log.error).toHaveBeenCalledExactlyOnceWith(
    { err: failure },
    'could not send messages to their room',
  )
  feeds.appended([messageAt(2)])
  expect(told).toHaveBeenLastCalledWith([messageAt(2)])
})
