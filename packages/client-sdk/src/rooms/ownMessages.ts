import type { Json, RoomMessage, RoomPosition, RoomReceipt } from '@yektayar/protocol'
import type { OutboxItem } from '../outbox/clientOutbox.js'
import type { Outbox } from '../outbox/outbox.js'
import { ROOM_MAX_WAITING } from '../shared/limits.js'
import { propertiesOf } from '../shared/propertiesOf.js'
import type { RoomEntry } from './clientRoom.js'

/**
 * The own messages of a room that its log does not have yet. A message that the log gets takes one of
 * them away, and no other; so what a message costs does not depend on how many wait.
 */
export class OwnMessages {
  readonly #room: string
  readonly #outbox: Outbox
  /** Those that the server has confirmed, by message id. */
  readonly #confirmed = new Map<string, RoomEntry>()
  /** Those that wait in the outbox, by item id. */
  #waiting = new Map<string, RoomEntry>()
  /** Whether `#waiting` has all of them. */
  #isFound = false
  #list: readonly RoomEntry[] | undefined

  constructor(room: string, outbox: Outbox) {
    this.#room = room
    this.#outbox = outbox
  }

  /** In order: first the confirmed ones. */
  get list(): readonly RoomEntry[] {
    if (!this.#isFound) this.#find()
    this.#list ??= [...this.#confirmed.values(), ...this.#waiting.values()]
    return this.#list
  }

  /** The items of the outbox have changed: they are looked up again when the list is read. */
  changed(): void {
    this.#isFound = false
    this.#list = undefined
  }

  /** Applies a change of an item that has not failed, in a room whose log has reached a position. */
  sent(item: OutboxItem, reached: RoomPosition | undefined): void {
    const { id: key, state, data } = item
    if (state === 'delivered') {
      const { id, epoch, seq, at } = data as RoomReceipt // from a server with the same contract
      this.#list = undefined
      this.#waiting.delete(key)
      if (reached?.epoch !== epoch || seq > reached.seq)
        this.#confirmed.set(id, Object.freeze({ ...entryOf(item), id, seq, at }))
      const [oldest] = this.#confirmed.keys()
      if (oldest && this.#confirmed.size > ROOM_MAX_WAITING) this.#confirmed.delete(oldest)
    } else if (!this.#waiting.has(key)) this.changed() // an entry shows `queued` as `sending`
  }

  /** The log has a message, which shows an item if it is an own one. Returns the key of its entry. */
  show(message: RoomMessage): string {
    const { id } = message
    const key = this.#outbox.show(message)?.id ?? this.#confirmed.get(id)?.key ?? id
    if (this.#confirmed.delete(id) || this.#waiting.delete(key)) this.#list = undefined
    return key
  }

  /** Removes the confirmed ones that the log has, or is past. */
  clear(seq: number): void {
    this.#list = undefined
    for (const [id, confirmed] of this.#confirmed)
      if ((confirmed.seq ?? 0) <= seq) this.#confirmed.delete(id)
  }

  #find(): void {
    const before = this.#waiting
    this.#waiting = new Map()
    for (const item of this.#outbox.unshown()) {
      if (roomOf(item) !== this.#room) continue
      const next = entryOf(item)
      const known = before.get(next.key)
      this.#waiting.set(next.key, known?.state === next.state ? known : next)
    }
    this.#isFound = true
  }
}

/** The room of an item; `undefined` for an item that is no message of a room. */
export function roomOf({ name, input }: OutboxItem): string | undefined {
  return name === 'room:send' ? (propertiesOf(input).room as string) : undefined // as it was sent
}

/** The entry of an item that is in no log. */
function entryOf({ id: key, state, input, queuedAt, error }: OutboxItem): RoomEntry {
  return Object.freeze({
    key,
    state: state === 'queued' ? 'sending' : state,
    id: null,
    seq: null,
    from: null,
    isOwn: true,
    data: propertiesOf(input).data as Json, // of `room:send`
    at: new Date(queuedAt).toISOString(),
    error,
  })
}
