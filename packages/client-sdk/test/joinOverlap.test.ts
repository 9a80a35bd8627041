import type { RoomMessage } from '@yektayar/protocol'
import { expect, it } from 'vitest'
import { eventually } from './support/eventually.js'
import { serveOnly } from './support/serveOnly.js'

const ROOM = 'public:lobby'
const epoch = 'epoch'

function message(seq: number): RoomMessage {
  const at = new Date(0).toISOString()
  return { room: ROOM, epoch, seq, id: `id-${String(seq)}`, from: 'server', data: seq, at }
}

/** A server that sends some room messages before its answer to a join, and some right after it. */
function startOverlap(before: number[], answered: number[], after: number[]) {
  return serveOnly({
    'room:join': (_input, socket) => {
      const tell = (seqs: number[]): void => {
        for (const seq of seqs) socket.emit('room:message', message(seq))
      }
      tell(before)
      queueMicrotask(() => {
        tell(after)
      })
      const messages = answered.map(message)
      return { room: ROOM, epoch, seq: answered.at(-1), messages, more: false, members: [] }
    },
  })
}

it.each([
  ['the answer brings too', [2, 3], [1, 2, 3], [4]],
  ['the answer brings too, and one that it does not', [3, 4], [1, 2, 3], [5]],
  ['come only behind the answer', [], [1, 2, 3], [4, 5]],
  ['come before and behind the answer', [4], [1, 2, 3], [4, 5]],
])('a room shows each message once and in order where its events %s', async (_what, ...seqs) => {
  await using server = await startOverlap(...seqs)
  const { client } = server
  const room = client.room(ROOM)
  const heard: number[] = []
  room.on('message', ({ seq }) => heard.push(seq))
  await room.join()
  const last = Math.max(...seqs.flat())
  await eventually(() => {
    expect(room.position?.seq).toBe(last)
  })
  const all = Array.from({ length: last }, (_, index) => index + 1)
  expect(room.messages.map(({ seq }) => seq)).toEqual(all)
  expect(heard).toEqual(all.slice(3)) // no events for the messages that the join's answer brought
})
