import type { RoomMessage } from '@yektayar/protocol'
import { measurePayload } from '../commands/measurePayload.js'
import { waitUntil } from '../shared/deadline.js'
import type { Deadline, DeadlineCode } from '../shared/deadline.js'
import { ITEM_BOUNDS, ITEM_ID_LENGTH, ITEM_OVERHEAD, MESSAGE_ID_LENGTH } from '../shared/limits.js'
import { randomId } from '../shared/platform.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import type { OutboxItem } from './clientOutbox.js'

/** The promise of the caller that waits for an item. */
interface Waiter {
  resolve(data: unknown): void
  reject(error: unknown): void
}

/** The key under which an item was sent; a skip has an empty key. */
export interface SentKey {
  key: string | undefined
  /** Whether it was sent under several keys, so that it is unknown which one arrived first. */
  isUnsure: boolean
}

/** An item inside of the outbox. Apps get its snapshot. */
export interface OutboxEntry {
  snapshot: OutboxItem
  /** Its size, which counts towards the limits of a batch and of the outbox. */
  readonly bytes: number
  readonly keys: number
  /** The outbox id to which its number belongs. */
  outbox: string
  n: number
  sent: SentKey
  /** The key of the item with the preceding number, if known. */
  before: SentKey | undefined
  /** Whether it was validated and, if required, stored. */
  isReady: boolean
  waiter: Waiter | undefined
  /** How often the answer lacked this item, or could not be read when the item was sent alone. */
  unread: number
  /** The id of the room message that shows it. */
  shownAs: string | undefined
}

/**
 * Creates an item for a command.
 *
 * @throws {YektaYarError} `invalid_input`, `payload_too_large`
 */
export function createItem(name: string, given: unknown): OutboxEntry {
  const { input, bytes, keys } = measurePayload(name, given, ITEM_BOUNDS)
  return {
    snapshot: Object.freeze({
      id: randomId(name === 'room:send' ? MESSAGE_ID_LENGTH : ITEM_ID_LENGTH),
      name,
      input,
      state: 'queued',
      queuedAt: Date.now(),
      error: null,
      data: undefined,
    }),
    bytes: bytes + ITEM_OVERHEAD.bytes,
    keys: keys + ITEM_OVERHEAD.keys,
    outbox: '',
    n: 0,
    sent: notSent(),
    before: undefined,
    isReady: false,
    waiter: undefined,
    unread: 0,
    shownAs: undefined,
  }
}

/** The key of an item that was not sent yet. */
export function notSent(): SentKey {
  return { key: undefined, isUnsure: false }
}

/** Records that an item is sent in its current state. */
export function noteSent(item: OutboxEntry): void {
  const { sent } = item
  const key = isSettled(item) ? '' : item.snapshot.id
  if (sent.key !== undefined && sent.key !== key) sent.isUnsure = true
  sent.key = key
}

/** The key under which the item with the preceding number was sent, if that is certain. */
export function keyBefore({ before }: OutboxEntry): string | undefined {
  return before?.isUnsure ? undefined : before?.key
}

/** The id of an item's message in a room. */
export function messageIdOf({ outbox, n }: OutboxEntry): string {
  return `${outbox}.${String(n)}`
}

/** Whether an item has the content of a message. The server keeps the order of properties. */
export function hasContentOf(item: OutboxEntry, { data }: RoomMessage): boolean {
  const { name, input } = item.snapshot
  const content = name === 'room:send' ? propertiesOf(input).data : input
  return JSON.stringify(content) === JSON.stringify(data)
}

/** Waits until an item is settled. At the deadline it rejects with the error of `toError`. */
export function waitForEnd(
  item: OutboxEntry,
  deadline: Deadline,
  toError: (code: DeadlineCode) => Error,
): Promise<unknown> {
  return waitUntil<unknown>(
    deadline,
    (resolve, reject) => {
      item.waiter = { resolve, reject }
      return () => {
        item.waiter = undefined
      }
    },
    toError,
  )
}

/** Whether an item is delivered or failed. */
export function isSettled({ snapshot }: OutboxEntry): boolean {
  return snapshot.state === 'delivered' || snapshot.state === 'failed'
}

/** Whether an item was sent, with an unknown outcome. */
export function isSending({ snapshot }: OutboxEntry): boolean {
  return snapshot.state === 'sending'
}
