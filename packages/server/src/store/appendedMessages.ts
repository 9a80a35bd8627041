import type { RoomMessage } from '@yektayar/protocol'
import type { Write, WriteInput, WriteResult } from './sqlite/writes.js'
import type { Append, Place } from './delivery.js'

/** The messages that a write has appended, in order. */
export function appendedBy(
  { name, input }: Write,
  result: unknown,
  epoch: string,
): readonly RoomMessage[] {
  if (name === 'append') {
    const { append } = input as WriteInput<'append'>
    return [placeMessage(append, result as WriteResult<'append'>, epoch)]
  }
  if (name !== 'deliver') return []
  const outcome = result as WriteResult<'deliver'>
  if (!('items' in outcome)) return []
  const { items } = input as WriteInput<'deliver'>
  return outcome.items.flatMap((settled, index) => {
    const item = items[index]
    if (settled.kind !== 'appended' || item?.kind !== 'append') return []
    return [placeMessage(item.append, settled.place, epoch)]
  })
}

/** A message that has its place. */
export function placeMessage(
  { room, message }: Append,
  { seq, at }: Place,
  epoch: string,
): RoomMessage {
  const { id, from, data } = message
  return { room, epoch, seq, id, from, data, at: new Date(at).toISOString() }
}
