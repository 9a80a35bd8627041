import type { RoomMessage } from '@yektayar/protocol'
import { measurePayload } from '../commands/measurePayload.js'
import { waitUntil } from '../shared/deadline.js'
import type { Deadline, DeadlineCode } from '../shared/deadline.js'
import { ITEM_BOUNDS, ITEM_OVERHEAD } from '../shared/limits.js'
import { randomId } from '../shared/platform.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import type { OutboxItem } from './clientOutbox.js'
import type { StoredItem } from './encryptedItemStore.js'

/** Who waits for an item's end. */
interface Waiter {
  resolve(data: unknown): void
  reject(error: unknown): void
}

/** Under which key the server got an item; a skip has an empty one. */
export interface SentKey {
  key: string | undefined
  /** Whether it was sent under more than one, so that it is not known which one was first. */
  isUnsure: boolean
}

/** An item as its outbox has it. Its snapshot is what everybody else sees. */
export interface OutboxEntry {
  snapshot: OutboxItem
  /** What it takes of a packet and of the outbox's bounds. */
  readonly bytes: number
  readonly keys: number
  /** The outbox that its number counts in. */
  outbox: string
  n: number
  sent: SentKey
  /** The same of the item with the number before, where that is known. */
  before: SentKey | undefined
  /** Checked, and stored where it shall be. */
  isReady: boolean
  waiter: Waiter | undefined
  /** How often the server has left it out of its answer, or answered it alone by what cannot be read. */
  unread: number
  /** The message of a room that shows it by now. */
  shownAs: string | undefined
}

/**
 * Makes an item of a command.
 *
 * @throws {YektaYarError} `invalid_input`, `payload_too_large`
 */
export function createItem(
  name: string,
  given: unknown,
  { id = randomId(), queuedAt = Date.now() }: { id?: string; queuedAt?: number } = {},
): OutboxEntry {
  const { input, bytes, keys } = measurePayload(name, given, ITEM_BOUNDS)
  return {
    snapshot: Object.freeze({
      id,
      name,
      input,
      state: 'queued',
      queuedAt,
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

/** Makes an item of one that was stored, which the page that stored it may have sent. */
export function restoreItem({ outbox, n, id, name, input, queuedAt }: StoredItem): OutboxEntry {
  const item = createItem(name, input, { id, queuedAt })
  item.snapshot = Object.freeze({ ...item.snapshot, state: 'sending' })
  return Object.assign(item, { outbox, n, isReady: true, sent: { key: id, isUnsure: false } })
}

/** What is known of an item that got a number and was not sent under it. */
export function notSent(): SentKey {
  return { key: undefined, isUnsure: false }
}

/** Notes that an item is sent as it is now. */
export function noteSent(item: OutboxEntry): void {
  const { sent } = item
  const key = isSettled(item) ? '' : item.snapshot.id
  if (sent.key !== undefined && sent.key !== key) sent.isUnsure = true
  sent.key = key
}

/** The key under which the item with the number before was sent, where that is certain. */
export function keyBefore({ before }: OutboxEntry): string | undefined {
  return before?.isUnsure ? undefined : before?.key
}

/** What the message of an item is called in a room. */
export function messageIdOf({ outbox, n }: OutboxEntry): string {
  return `${outbox}.${String(n)}`
}

/** Whether an item has sent the content of a message; what is stored has the order of what was sent. */
export function hasContentOf(item: OutboxEntry, { data }: RoomMessage): boolean {
  const { name, input } = item.snapshot
  const content = name === 'room:send' ? propertiesOf(input).data : input
  return JSON.stringify(content) === JSON.stringify(data)
}

/** Waits for the end of an item, until the deadline; then `toError` says what that means here. */
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

/** Whether nothing more is done for an item. */
export function isSettled({ snapshot }: OutboxEntry): boolean {
  return snapshot.state === 'delivered' || snapshot.state === 'failed'
}

/** Whether an item was sent, and it is not known what became of it. */
export function isSending({ snapshot }: OutboxEntry): boolean {
  return snapshot.state === 'sending'
}
