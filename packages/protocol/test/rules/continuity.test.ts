import { expect, it } from 'vitest'
import { continuityAt } from '../../src/rules.js'

const end = { epoch: 'e', seq: 10 }

it.each([
  ['goes on after a message that is kept', { seq: 7, id: 'm7' }, 'm7', 8, undefined],
  [
    'goes on from the end, also where nothing is kept',
    { seq: 10, id: 'm10' },
    undefined,
    undefined,
    undefined,
  ],
  ['goes on from the beginning', { seq: 0 }, undefined, 1, undefined],
  [
    'goes on without an id, as long as the next message is kept',
    { seq: 5 },
    undefined,
    6,
    undefined,
  ],
  ['cannot be sure of a message that is not kept', { seq: 5, id: 'm5' }, undefined, 6, 'truncated'],
  ['has a gap before what is kept', { seq: 4 }, undefined, 6, 'truncated'],
  ['has a gap where nothing is kept', { seq: 4 }, undefined, undefined, 'truncated'],
  [
    'was restored where another message is at the position',
    { seq: 7, id: 'x' },
    'm7',
    8,
    'epoch_changed',
  ],
  [
    'was restored where another message is at the end',
    { seq: 10, id: 'x' },
    'm10',
    undefined,
    'epoch_changed',
  ],
  [
    'was restored where it ends before the position',
    { seq: 11 },
    undefined,
    undefined,
    'epoch_changed',
  ],
  ['is another one in another epoch', { epoch: 'f', seq: 7 }, undefined, 8, 'epoch_changed'],
] as const)('a log %s', (_what, position, anchorId, nextSeq, reason) => {
  const reset = continuityAt({ epoch: 'e', ...position }, end, { anchorId, nextSeq })
  expect(reset).toEqual(reason && { reason })
})
