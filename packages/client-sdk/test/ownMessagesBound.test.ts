import { expect, it } from 'vitest'
import { OwnMessages } from '../src/rooms/ownMessages.js'
import { ROOM_MAX_WAITING } from '../src/shared/limits.js'
import { numbers } from './support/numbers.js'

const outbox = { unshown: () => [], show: () => undefined } as never

/** An own message that the server has confirmed, at this place of the log. */
function confirmed(seq: number) {
  const receipt = { id: `o.${String(seq)}`, epoch: 'e', seq, at: '' }
  const input = { room: 'public:lobby', data: seq }
  const item = { id: String(seq), name: 'room:send', input, queuedAt: 0, error: null }
  return { ...item, state: 'delivered', data: receipt } as never
}

it('own messages that the log does not have yet are listed, the newest so many', () => {
  const own = new OwnMessages('public:lobby', outbox)
  const sent = numbers(1, ROOM_MAX_WAITING)
  for (const seq of sent) own.sent(confirmed(seq), undefined)
  expect(own.list.map(({ seq }) => seq)).toEqual(sent)
  own.sent(confirmed(ROOM_MAX_WAITING + 1_000), undefined)
  expect(own.list).toHaveLength(ROOM_MAX_WAITING)
  expect(own.list[0]?.seq).toBe(sent[1])
})

it('an own message that the log has already is not listed again', () => {
  const own = new OwnMessages('public:lobby', outbox)
  own.sent(confirmed(4), { epoch: 'e', seq: 4, id: 'x' })
  expect(own.list).toEqual([])
  own.sent(confirmed(4), { epoch: 'another', seq: 4, id: 'x' })
  expect(own.list).toHaveLength(1)
})

it('an own message that waited before anybody looked at the room is listed', () => {
  const input = { room: 'public:lobby', data: 'early' }
  const item = { id: 'a', name: 'room:send', input, state: 'queued', queuedAt: 0, error: null }
  const elsewhere = { ...item, id: 'b', input: { ...input, room: 'public:other' } }
  const waiting = { unshown: () => [item, elsewhere], show: () => undefined } as never
  const own = new OwnMessages('public:lobby', waiting)
  expect(own.list).toMatchObject([{ key: 'a', state: 'sending', data: 'early' }])
  expect(own.list).toBe(own.list)
})
