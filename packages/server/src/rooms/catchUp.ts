import type { RoomJoined, RoomPage, RoomPosition, RoomReset } from '@yektayar/protocol'
import { MAX_HISTORY_PAGE } from '@yektayar/protocol'
import type { ReadMessages, RoomHead, RoomRange, RoomStore } from '../store/store.js'

/** What a reader gets when it joins. */
export type RoomCatchUp = Pick<RoomJoined, 'messages' | 'more' | 'reset'> & {
  readonly head: RoomHead
}

/** A page that was read, and the bytes that it cost. */
export interface Priced<Page> {
  readonly page: Page
  readonly bytes: number
}

/** Reads on from the position of a reader, or the newest messages if that is not possible. */
export async function catchUp(
  store: RoomStore,
  room: string,
  after: RoomPosition | undefined,
  { limit, maxBytes }: { limit: number; maxBytes: number },
): Promise<Priced<RoomCatchUp>> {
  const head = await store.head(room)
  const before = head.seq + 1 // what another process appends meanwhile comes after the page
  let reset: RoomReset | undefined
  let cost = 0
  if (after && isElsewhere(head, after)) reset = { reason: 'epoch_changed' }
  else if (after) {
    const range = { before, limit: MAX_HISTORY_PAGE, maxBytes }
    const isAnchored = after.id !== undefined
    const read = await store.read(room, { ...range, after: after.seq, isAnchored })
    reset = resetOf(head, after, read)
    cost = read.bytes
    if (!reset) return { page: { head, ...pageOf(read) }, bytes: cost }
  }
  const read = await store.read(room, { before, limit, maxBytes })
  return { page: { head, ...pageOf(read), ...(reset && { reset }) }, bytes: cost + read.bytes }
}

/** Reads one page of a room's history. */
export async function readHistory(
  store: RoomStore,
  room: string,
  { epoch = store.epoch, ...range }: RoomRange & { epoch?: string | undefined },
): Promise<Priced<RoomPage>> {
  const { after, limit, maxBytes } = range
  const isOther = epoch !== store.epoch
  // Before the messages: what is appended between the two reads is no gap.
  const head = after === undefined ? undefined : await store.head(room)
  const read = await store.read(room, isOther ? { limit, maxBytes } : range)
  let reset: RoomReset | undefined
  if (isOther) reset = { reason: 'epoch_changed' }
  else if (head && after !== undefined) reset = resetOf(head, { epoch, seq: after }, read)
  const page = { room, epoch: store.epoch, ...pageOf(read), ...(reset && { reset }) }
  return { page, bytes: read.bytes }
}

function pageOf({ messages, more }: ReadMessages): Pick<RoomPage, 'messages' | 'more'> {
  return { messages, more }
}

/** Why a reader cannot go on after a position; `undefined` when it can. */
function resetOf(
  head: RoomHead,
  { epoch, seq, id }: RoomPosition,
  { anchor, messages }: ReadMessages,
): RoomReset | undefined {
  if (isElsewhere(head, { epoch, seq })) return { reason: 'epoch_changed' }
  if (anchor && id !== undefined && anchor.id !== id) return { reason: 'epoch_changed' }
  const isWhole = seq >= head.seq || messages[0]?.seq === seq + 1
  // A message that is gone cannot show any more that the store was restored to before it.
  const isSure = seq >= head.seq || seq === 0 || id === undefined || anchor !== undefined
  return isWhole && isSure ? undefined : { reason: 'truncated' }
}

/** Whether a position is not in this log, or beyond its end. */
function isElsewhere(head: RoomHead, { epoch, seq }: RoomPosition): boolean {
  return epoch !== head.epoch || seq > head.seq
}
