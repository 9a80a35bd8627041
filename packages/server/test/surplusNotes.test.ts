import type { RoomMessage } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import { SurplusNotes } from '../src/rooms/surplusNotes.js'

function message(room: string, seq: number): RoomMessage {
  return { room, epoch: 'e', seq, id: 'id', from: 'server', data: null, at: '' }
}

/** Notes after their first sweep, which always covers all rooms. */
function notesOf(maxMessages: number): SurplusNotes {
  const notes = new SurplusNotes(maxMessages)
  expect(notes.take()).toMatchObject({ isAnywhere: true })
  return notes
}

describe('the rooms with too many messages', () => {
  it('are noted once they go beyond what is kept, and only until they are taken', () => {
    const notes = notesOf(10)
    notes.note([message('short', 10), message('long', 11), message('long', 12)])
    expect(notes.take()).toEqual({ isAnywhere: false, rooms: new Set(['long']) })
    expect(notes.take()).toEqual({ isAnywhere: false, rooms: new Set() })
  })

  it('may be anywhere when more of them grow than are noted', () => {
    const notes = notesOf(10)
    const grown = (count: number) =>
      Array.from({ length: count }, (_, index) => message(`room ${String(index)}`, 11))
    notes.note(grown(10_000))
    expect(notes.take()).toMatchObject({ isAnywhere: false })
    notes.note(grown(10_001))
    expect(notes.take()).toEqual({ isAnywhere: true, rooms: new Set() })
  })

  it('are noted again when a sweep did not get to them', () => {
    const notes = notesOf(10)
    notes.note([message('a', 11)])
    const surplus = notes.take()
    notes.note([message('b', 11)])
    notes.putBack(surplus)
    expect(notes.take()).toEqual({ isAnywhere: false, rooms: new Set(['a', 'b']) })
    notes.putBack({ isAnywhere: true, rooms: new Set() })
    expect(notes.take()).toMatchObject({ isAnywhere: true })
  })
})
