import { describe, expect, it } from 'vitest'
import { arrangeMessages } from '../src/chat/arrangeMessages.js'
import type { ConversationMark } from '../src/chat/arrangeMessages.js'
import { creatures, friendlyName, qualities, readName } from '../src/chat/friendlyName.js'
import { textOf } from '../src/chat/messageText.js'
import { tonesOf } from '../src/chat/tonesOf.js'
import type { RoomEntry } from '../src/realtimeTypes.js'

const delivered = { state: 'delivered', data: { text: 'hi' }, error: null } as const

function entry(seq: number, from: string, at: string): RoomEntry {
  return { ...delivered, key: `${seq}`, id: `${seq}`, seq, from, isOwn: from === 'me', at }
}

/**
 * Describes each row in a few words: its kind, or for a message its author and whether it opens a
 * group.
 */
function outlineOf(entries: readonly RoomEntry[], ...marks: ConversationMark[]): string[] {
  return arrangeMessages(entries, marks).map((row) => {
    if (row.kind !== 'message') return row.kind
    return `${row.isFirst ? 'first' : 'more'} of ${row.entry.from ?? 'me'}`
  })
}

describe('a conversation', () => {
  it('begins anew with each author, after a pause and on another day', () => {
    const entries = [
      entry(1, 'her', '2026-03-01T10:00:00'),
      entry(2, 'her', '2026-03-01T10:01:00'),
      entry(3, 'me', '2026-03-01T10:02:00'),
      entry(4, 'me', '2026-03-01T10:20:00'),
      entry(5, 'me', '2026-03-02T10:20:01'),
      entry(6, 'me', '2026-03-02T10:20:02'),
    ]
    expect(outlineOf(entries)).toEqual([
      ...['day', 'first of her', 'more of her', 'first of me', 'first of me'],
      ...['day', 'first of me', 'more of me'],
    ])
  })

  it('names a day once, also where what waits was written before it', () => {
    const waiting = { ...entry(0, 'me', '2026-03-01T09:00:00'), key: 'a', id: null, seq: null }
    const entries = [
      entry(1, 'her', '2026-03-01T10:00:00'),
      entry(2, 'her', '2026-03-02T10:00:00'),
      { ...waiting, state: 'sending' as const },
    ]
    const days = arrangeMessages(entries, []).filter(({ kind }) => kind === 'day')
    expect(days).toHaveLength(2)
  })

  it('shows before what was caught up that it was', () => {
    const at = '2026-03-01T10:00:00'
    const entries = [entry(1, 'her', at), entry(2, 'her', at), entry(3, 'her', at)]
    const kind = 'continuity'
    const replayed = { kind: 'replayed', count: 2 } as const
    const [day, first] = ['day', 'first of her']
    expect(outlineOf(entries, { kind, afterSeq: 1, continuity: replayed })).toEqual([
      ...[day, first, kind, first, 'more of her'],
    ])
    const continuous = { kind: 'continuous' } as const
    expect(outlineOf(entries, { kind, afterSeq: 3, continuity: continuous }).at(-1)).toBe(kind)
    const reset = { kind: 'reset', reason: 'truncated' } as const
    expect(outlineOf(entries, { kind, afterSeq: 0, continuity: reset })[0]).toBe(kind)
    expect(outlineOf([], { kind, afterSeq: 0, continuity: reset })).toEqual([kind])
  })

  it('says where the page became somebody else, and begins anew after it', () => {
    const at = '2026-03-01T10:00:00'
    const entries = [entry(1, 'me', at), entry(2, 'me', at), entry(3, 'me', at)]
    const change = { how: 'replaced', before: 'Calm Owl', name: 'Kind Fox' } as const
    const caughtUp = { kind: 'replayed', count: 1 } as const
    expect(
      outlineOf(
        entries,
        { kind: 'continuity', afterSeq: 2, continuity: caughtUp },
        { kind: 'identity', afterSeq: 1, change },
      ),
    ).toEqual([...['day', 'first of me', 'identity', 'first of me', 'continuity', 'first of me']])
  })
})

it('gives somebody the same name each time, and uses every name', () => {
  const ids = Array.from({ length: 2_000 }, (_, index) => `session:${index}`)
  const names = ids.map(friendlyName)
  expect(friendlyName('session:7')).toEqual(names[7])
  expect(new Set(names.map(({ creature }) => creature)).size).toBe(creatures.length)
  expect(new Set(names.map(({ quality }) => quality)).size).toBe(qualities.length)
})

it('reads the name that a member shows, if it is one', () => {
  const name = friendlyName('session:7')
  expect(readName({ ...name, more: 1 })).toEqual(name)
  for (const other of [undefined, null, 'fox', { creature: 'fox' }, { ...name, quality: 'x' }]) {
    expect(readName(other)).toBeUndefined()
  }
})

it('gives each person a colour of their own as long as there are enough', () => {
  const tones = tonesOf(['a', 'b', 'a', 'c', 'd', 'e', 'f', 'g'])
  expect([...tones]).toEqual(Array.from('abcdefg').map((id, index) => [id, (index % 6) + 1]))
})

it.each([
  [{ text: 'hello' }, 'hello'],
  ['bare', 'bare'],
  [{ text: 1 }, '{"text":1}'],
  [null, 'null'],
  [['text'], '["text"]'],
])('of %j the text is %s', (data, text) => {
  expect(textOf(data)).toBe(text)
})
