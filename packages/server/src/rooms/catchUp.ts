import type { RoomJoined, RoomMessage, RoomPage, RoomPosition, RoomReset } from '@yektayar/protocol'
import { MAX_HISTORY_PAGE } from '@yektayar/protocol'
import { continuityAt, isInLog } from '@yektayar/protocol/rules'
import type { KeptAround } from '@yektayar/protocol/rules'
import type { ReadMessages, RoomHead, RoomRange, RoomStore } from '../store/store.js'

/** What a reader gets when it joins. */
export type RoomCatchUp = Pick<RoomJoined, 'messages' | 'more' | 'reset'> & {
  readonly head: RoomHead
  /** The id of the message there, if it was read. */
  readonly headId: string | undefined
  /** When use of the room was last recorded. */
  readonly usedAt: number | undefined
}

/** A page, and the number of bytes that were read for it. */
export interface Priced<Page> {
  readonly page: Page
  readonly bytes: number
}

const nothing: ReadMessages = { messages: [], more: false, anchor: undefined, bytes: 0 }

/** Reads the messages after a reader's position, or the newest ones if that is not possible. */
export async function catchUp(
  store: RoomStore,
  room: string,
  after: RoomPosition | undefined,
  { limit, maxBytes }: { limit: number; maxBytes: number },
): Promise<Priced<RoomCatchUp>> {
  const { head, usedAt } = await store.state(room)
  const before = head.seq + 1 // later appends of other processes are not in the page
  let reset: RoomReset | undefined
  let cost = 0
  if (after && !isInLog(after, head)) reset = { reason: 'epoch_changed' }
  else if (after) {
    const range = { before, limit: MAX_HISTORY_PAGE, maxBytes }
    const isAnchored = after.id !== undefined
    const read = await store.read(room, { ...range, after: after.seq, isAnchored })
    reset = continuityAt(after, head, keptIn(read))
    cost = read.bytes
    if (!reset) {
      const headId = idAt(head, [read.anchor, ...read.messages])
      return { page: { head, headId, usedAt, ...pageOf(read) }, bytes: cost }
    }
  }
  const isEmpty = usedAt === undefined
  const read = isEmpty ? nothing : await store.read(room, { before, limit, maxBytes })
  const headId = idAt(head, read.messages)
  const page = { head, headId, usedAt, ...pageOf(read), ...(reset && { reset }) }
  return { page, bytes: cost + read.bytes }
}

/** Reads one page of a room's history. */
export async function readHistory(
  store: RoomStore,
  room: string,
  {
    epoch = store.epoch,
    id,
    ...range
  }: RoomRange & { epoch?: string | undefined; id?: string | undefined },
): Promise<Priced<RoomPage>> {
  const { after, limit, maxBytes } = range
  const isOther = epoch !== store.epoch
  // Read before the messages, so that an append between the two reads does not look like a gap.
  const head = after === undefined ? undefined : await store.head(room)
  const isAnchored = id !== undefined
  const read = await store.read(room, isOther ? { limit, maxBytes } : { ...range, isAnchored })
  let reset: RoomReset | undefined
  if (isOther) reset = { reason: 'epoch_changed' }
  else if (head && after !== undefined) {
    reset = continuityAt({ epoch, seq: after, id }, head, keptIn(read))
  }
  const page = { room, epoch: store.epoch, ...pageOf(read), ...(reset && { reset }) }
  return { page, bytes: read.bytes }
}

function pageOf({ messages, more }: ReadMessages): Pick<RoomPage, 'messages' | 'more'> {
  return { messages, more }
}

function idAt({ seq }: RoomHead, messages: readonly (RoomMessage | undefined)[]) {
  const last = messages.at(-1)
  return last?.seq === seq ? last.id : undefined
}

function keptIn({ anchor, messages }: ReadMessages): KeptAround {
  return { anchorId: anchor?.id, nextSeq: messages[0]?.seq }
}
