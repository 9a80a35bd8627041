import type { Json } from '@yektayar/protocol'
import type { OutboxItem } from '../outbox/clientOutbox.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import type { RoomEntry } from './clientRoom.js'

/** The entries of items, so that an entry stays the same object while its item does. */
const pendingEntries = new WeakMap<OutboxItem, RoomEntry>()

/** The entry of an own message that the server has not stored yet. */
export function pendingEntry(item: OutboxItem): RoomEntry {
  const { id: key, input, state, queuedAt, error } = item
  const known =
    pendingEntries.get(item) ??
    entry({
      key,
      state: state === 'failed' ? state : 'sending',
      id: null,
      seq: null,
      from: null,
      isOwn: true,
      data: dataOf(input),
      at: new Date(queuedAt).toISOString(),
      error,
    })
  pendingEntries.set(item, known)
  return known
}

/** The data of an own message. */
export function dataOf(input: Json | undefined): Json {
  return propertiesOf(input).data as Json // of `room:send`
}

/** Freezes an entry. */
export function entry(fields: RoomEntry): RoomEntry {
  return Object.freeze(fields)
}
