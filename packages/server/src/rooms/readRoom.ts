import type { RoomJoined, RoomMessage, RoomPage, RoomPosition, RoomReset } from '@yektayar/protocol'
import { MAX_HISTORY_PAGE } from '@yektayar/protocol'
import { selectHead, selectMessages } from './roomQueries.js'
import type { RoomHead, RoomRange, RoomStore } from './roomQueries.js'

/** What a reader gets who has just come. */
export type RoomCatchUp = Pick<RoomJoined, 'messages' | 'more' | 'reset'> & {
  readonly head: RoomHead
}

/** Reads on from where a reader stands, or what is newest where that cannot be. */
export async function catchUp(
  store: RoomStore,
  room: string,
  after: RoomPosition | undefined,
  joinPageSize: number,
): Promise<RoomCatchUp> {
  const head = await selectHead(store, room)
  const reset = after && (await resetOf(store, head, after))
  const isContinued = after !== undefined && reset === undefined
  const limit = isContinued ? MAX_HISTORY_PAGE : joinPageSize
  const before = head.seq + 1 // what another process appends meanwhile comes after the page
  const range = isContinued ? { after: after.seq, before, limit } : { before, limit }
  return { head, ...(await readPage(store, room, range)), ...(reset && { reset }) }
}

/** Reads one page of a room's history. */
export async function readHistory(
  store: RoomStore,
  room: string,
  { epoch = store.epoch, before, after, limit }: RoomRange & { epoch?: string | undefined },
): Promise<RoomPage> {
  const position = { epoch, seq: after ?? 0 }
  const isOther = epoch !== store.epoch
  const reset =
    isOther || after !== undefined
      ? await resetOf(store, await selectHead(store, room), position)
      : undefined
  const range = isOther ? { limit } : { after, before, limit }
  const page = await readPage(store, room, range)
  return { room, epoch: store.epoch, ...page, ...(reset && { reset }) }
}

async function readPage(
  store: RoomStore,
  room: string,
  range: RoomRange,
): Promise<{ messages: RoomMessage[]; more: boolean }> {
  const messages = await selectMessages(store, room, { ...range, limit: range.limit + 1 })
  const more = messages.length > range.limit
  if (!more) return { messages, more }
  const isForward = range.after !== undefined
  return { messages: isForward ? messages.slice(0, -1) : messages.slice(1), more }
}

/** Why a reader cannot go on after a position; `undefined` when it can. */
async function resetOf(
  store: RoomStore,
  head: RoomHead,
  { epoch, seq, id }: RoomPosition,
): Promise<RoomReset | undefined> {
  if (epoch !== head.epoch || seq > head.seq) return { reason: 'epoch_changed' }
  // The message itself, where it is still there, and the next one.
  const [first, second] = await selectMessages(store, head.room, { after: seq - 1, limit: 2 })
  const next = first?.seq === seq ? second : first
  if (first?.seq === seq && id !== undefined && first.id !== id) return { reason: 'epoch_changed' }
  const isWhole = seq === head.seq || next?.seq === seq + 1
  // A message that is gone cannot show any more that the store was restored to before it.
  const isSure = seq === head.seq || seq === 0 || id === undefined || first?.seq === seq
  return isWhole && isSure ? undefined : { reason: 'truncated' }
}
