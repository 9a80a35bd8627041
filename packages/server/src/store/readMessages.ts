import type { RoomMessage } from '@yektayar/protocol'
import type { MaybePromise } from '../shared/maybePromise.js'
import type { NewMessage } from './delivery.js'
import type { ReadMessages, RoomRange } from './store.js'

/** The size of a row, which contains messages that were committed together. */
export interface RowSize {
  readonly last_seq: number
  /** The size of its JSON. */
  readonly bytes: number
}

/** The messages of one row. */
export interface MessageRow {
  readonly last_seq: number
  /** JSON: an array of `NewMessage`. */
  readonly messages: string
  readonly at: number
}

/** The rows of all logs. */
export interface MessageRows {
  readonly epoch: string
  /** The first rows that have a message after a position. */
  sizesAfter(
    this: void,
    query: { room: string; after: number; limit: number },
  ): MaybePromise<RowSize[]>
  /** The last rows that have a message before a position, newest first. */
  sizesBefore(
    this: void,
    query: { room: string; before: number; limit: number },
  ): MaybePromise<RowSize[]>
  /** Rows in order, from the key of the first to the key of the last one. */
  rows(this: void, query: { room: string; first: number; last: number }): MaybePromise<MessageRow[]>
}

/**
 * Reads messages of a log, bounded by number and by bytes, and at least one if there is one. The cost
 * does not grow with the log: the first query reads the sizes of at most `limit + 2` rows by their
 * key, and the second one reads the rows that fit into the page as it is sent.
 */
export async function readMessages(
  store: MessageRows,
  room: string,
  range: RoomRange,
): Promise<ReadMessages> {
  const { after, before = Number.MAX_SAFE_INTEGER, limit, isAnchored = false } = range
  const isForward = after !== undefined
  const sizes = isForward
    ? await store.sizesAfter({
        room,
        after: isAnchored ? after - 1 : after,
        limit: limit + 1 + Number(isAnchored),
      })
    : await store.sizesBefore({ room, before, limit: limit + 1 })
  const page = new Page(store, room, range)
  const chosen = choose(sizes, range, page.envelopeBytes)
  const ends = [chosen[0]?.last_seq ?? 0, chosen.at(-1)?.last_seq ?? 0]
  const rows =
    chosen.length === 0
      ? []
      : await store.rows({ room, first: Math.min(...ends), last: Math.max(...ends) })

  page.fill(isForward ? rows : [...rows].reverse())
  const { messages, isCut, anchor } = page
  const next = (messages.at(-1)?.seq ?? 0) + 1
  const hasUnread = chosen.length < sizes.length && (!isForward || next < before)
  const readBytes = chosen.reduce((sum, row) => sum + row.bytes, 0)
  return {
    messages: isForward ? messages : messages.reverse(),
    more: messages.length > 0 && (isCut || hasUnread),
    anchor,
    bytes: Math.max(readBytes, page.bytes),
  }
}

/** The rows to read, up to the one that fills the page. Each has the messages behind the older one. */
function choose(
  sizes: readonly RowSize[],
  { after, before, limit, maxBytes }: RoomRange,
  envelopeBytes: number,
): RowSize[] {
  const chosen: RowSize[] = []
  let [bytes, count] = [0, 0]
  for (const [index, row] of sizes.entries()) {
    const startsAt = (chosen.at(-1)?.last_seq ?? -1) + 1
    const isBeyond = after !== undefined && before !== undefined && startsAt >= before
    if (bytes >= maxBytes || count >= limit || isBeyond) break
    chosen.push(row)
    if (after !== undefined && row.last_seq <= after) continue // it has nothing but the anchor
    const older = sizes[after === undefined ? index + 1 : index - 1]?.last_seq ?? 0
    const last = Math.min(row.last_seq, (before ?? Infinity) - 1)
    const messages = last - Math.max(older, after ?? 0)
    count += messages
    bytes += row.bytes + messages * envelopeBytes
  }
  return chosen
}

/** Collects messages in reading direction until one more would not fit. */
class Page {
  readonly messages: RoomMessage[] = []
  anchor: RoomMessage | undefined
  bytes = 0
  isCut = false
  readonly #store: MessageRows
  readonly #room: string
  readonly #range: RoomRange
  /** The size of the fields that a message has on the wire in addition to the stored ones. */
  readonly envelopeBytes: number

  constructor(store: MessageRows, room: string, range: RoomRange) {
    this.#store = store
    this.#room = room
    this.#range = range
    const envelope = { room, epoch: store.epoch, seq: Number.MAX_SAFE_INTEGER, at: timeOf(0) }
    this.envelopeBytes = Buffer.byteLength(JSON.stringify(envelope))
  }

  fill(rows: readonly MessageRow[]): void {
    for (const row of rows) {
      this.#add(row)
      if (this.isCut) return
    }
  }

  #add({ last_seq: lastSeq, messages, at }: MessageRow): void {
    const { after, before = Infinity, limit, maxBytes, isAnchored = false } = this.#range
    const items = JSON.parse(messages) as NewMessage[] // written by appends alone
    const firstSeq = lastSeq - items.length + 1
    const time = timeOf(at)
    const rowBytes = Buffer.byteLength(messages) + items.length * this.envelopeBytes
    const isForward = after !== undefined
    // If the page has room for the whole row, no message needs to be measured.
    const fits =
      this.bytes + rowBytes <= maxBytes &&
      this.messages.length + items.length <= limit &&
      firstSeq > (after ?? 0) &&
      lastSeq < before
    for (let step = 0; step < items.length; step++) {
      const index = isForward ? step : items.length - 1 - step
      const item = items[index]
      if (!item) return
      const seq = firstSeq + index
      if (seq === after && isAnchored) this.anchor = this.#placed(item, seq, time)
      if ((isForward && seq <= after) || seq >= before) continue
      const bytes = fits
        ? rowBytes / items.length
        : Buffer.byteLength(JSON.stringify(item)) + this.envelopeBytes
      const isFull =
        this.messages.length === limit ||
        (this.messages.length > 0 && this.bytes + bytes > maxBytes)
      if (isFull) {
        this.isCut = true
        return
      }
      this.bytes += bytes
      this.messages.push(this.#placed(item, seq, time))
    }
  }

  #placed({ id, from, data }: NewMessage, seq: number, at: string): RoomMessage {
    return { room: this.#room, epoch: this.#store.epoch, seq, id, from, data, at }
  }
}

function timeOf(at: number): string {
  return new Date(at).toISOString()
}
