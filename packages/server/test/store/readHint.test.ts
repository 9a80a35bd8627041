import { describe, expect, it } from 'vitest'
import { HintWriter } from '../../src/store/postgres/bus/hint.js'
import { readEvent, readHint, readRight } from '../../src/store/postgres/bus/readHint.js'

const head = { node: 'x', n: 1 }
const read = (hint: unknown) => readHint(JSON.stringify(hint))

describe('a hint', () => {
  it('is read as it was written', () => {
    const lists = {
      rooms: ['public:a'],
      sessions: ['s1', 's2'],
      continued: ['s2'],
      rights: [
        { id: 1, change: { kind: 'remove', room: 'public:a', member: 'user:b' } as const },
        { id: 2, change: { kind: 'review', userId: 'b' } as const },
        { id: 3, change: { kind: 'review' } as const },
      ],
      events: [
        { event: 'case:closed', payload: { caseId: 1 }, to: { user: 'b' } },
        { event: 'tick', to: { everyone: true } } as const,
        { typing: { room: 'public:a', from: 'user:b', isTyping: true } },
        { adapter: 'text' },
        { ref: 7 },
      ],
    }
    const [text = ''] = new HintWriter('x').write(lists, { isLast: false, hearsRedis: true })
    expect(readHint(text)).toEqual({ ...head, ...lists, isLast: false, hearsRedis: true })
    expect(read(head)).toEqual(head)
  })

  it.each([
    '',
    'null',
    '5',
    '[]',
    '{"n":1}',
    '{"node":7,"n":1}',
    '{"node":"x"}',
    '{"node":"x","n":',
  ])('is not one: %j', (text) => {
    expect(readHint(text)).toBeUndefined()
  })

  it.each([
    ['rooms', [null, 1, {}, [], 'a'], ['a']],
    ['sessions', [null, true, 'a'], ['a']],
    ['continued', [0, 'a'], ['a']],
    [
      'rights',
      [
        null,
        { id: 1, change: null },
        { id: 1 },
        { id: '1', change: { kind: 'review' } },
        { id: 1, change: { kind: 'remove', room: 'a' } },
        { id: 1, change: { kind: 'remove', room: 1, member: 'b' } },
        { id: 1, change: { kind: 'review', userId: 7 } },
        { id: 1, change: { kind: 'of a later version' } },
        { id: 2, change: { kind: 'review', room: 'a' } },
      ],
      [{ id: 2, change: { kind: 'review', room: 'a' } }],
    ],
    [
      'events',
      [
        null,
        'text',
        {},
        { ref: 'abc' },
        { ref: 1.5 },
        { event: 7, to: { everyone: true } },
        { event: 'a' },
        { event: 'a', to: null },
        { event: 'a', to: {} },
        { event: 'a', to: { everyone: false } },
        { event: 'a', to: { user: 7 } },
        { event: 'a', to: { user: 'a', room: 'b' } },
        { event: 'a', to: { user: 'a', everyone: true } },
        { event: 'a', to: { nobody: 'a' } },
        { typing: null },
        { typing: { room: 'a', from: 'b' } },
        { adapter: 7 },
        { ref: 1 },
      ],
      [{ ref: 1 }],
    ],
  ])('keeps of its %s what fits', (name, given, kept) => {
    expect(read({ ...head, [name]: given })).toEqual({ ...head, [name]: kept })
  })

  it.each([{ rooms: 'a' }, { events: {} }, { rights: null }, { isLast: 'yes' }, { hearsRedis: 1 }])(
    'is without what is of another kind: %j',
    (given) => {
      expect(read({ ...head, ...given })).toEqual(head)
    },
  )
})

it('a row that is no event or no change of rights is left out', () => {
  for (const body of ['', 'null', '{}', '{"event":"a"}']) {
    expect(readEvent(body)).toEqual([])
    expect(readRight(1, body)).toEqual([])
  }
  expect(readEvent('{"adapter":"a"}')).toEqual([{ adapter: 'a' }])
  expect(readRight(1, '{"kind":"review"}')).toEqual([{ id: 1, change: { kind: 'review' } }])
})
