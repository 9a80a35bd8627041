import type { RoomMessage } from '@yektayar/protocol'
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
  return { room, epoch, seq, id, from, data, at: timeOf(at) }
}

/** The last time and its text, cached since all messages of a commit have the same time. */
let last = { at: 0, text: new Date(0).toISOString() }

function timeOf(at: number): string {
  if (last.at !== at) last = { at, text: new Date(at).toISOString() }
  return last.text
}
