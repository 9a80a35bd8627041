import type { RoomMessage } from '@yektayar/protocol'
import { isoTime } from '../shared/isoTime.js'
import type { Append, Place } from './delivery.js'
import type { Write, WriteInput, WriteResult } from './sqlite/writes.js'

/** Adds the messages that a write has appended to a list, in order. */
export function collectAppended(
  messages: RoomMessage[],
  { name, input }: Write,
  result: unknown,
  epoch: string,
): void {
  if (name === 'append') {
    const { append } = input as WriteInput<'append'>
    messages.push(placeMessage(append, result as WriteResult<'append'>, epoch))
  }
  if (name !== 'deliver') return
  const outcome = result as WriteResult<'deliver'>
  if (!('items' in outcome)) return
  const { items } = input as WriteInput<'deliver'>
  for (const [index, settled] of outcome.items.entries()) {
    const item = items[index]
    if (settled.kind !== 'appended' || item?.kind !== 'append') continue
    messages.push(placeMessage(item.append, settled, epoch))
  }
}

/** The message with its place. */
export function placeMessage(
  { room, message }: Append,
  { seq, at }: Place,
  epoch: string,
): RoomMessage {
  const { id, from, data } = message
  return { room, epoch, seq, id, from, data, at: isoTime(at) }
}
