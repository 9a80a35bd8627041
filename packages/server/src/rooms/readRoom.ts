import type { RoomJoined, RoomMessage, RoomPage, RoomPosition, RoomReset } from '@yektayar/protocol'
import { MAX_HISTORY_PAGE } from '@yektayar/protocol'
import type { Database } from '../store/openDatabase.js'
import { selectHeads, selectMessages } from './roomQueries.js'
import type { RoomHead, RoomRange } from './roomQueries.js'

/** What a reader gets who has just come. */
export type RoomCatchUp = Pick<RoomJoined, 'messages' | 'more' | 'reset'> & {
  readonly head: RoomHead | undefined
}

/** Reads on from where a reader stands, or what is newest where that cannot be. */
export async function catchUp(
  database: Database,
  room: string,
  after: RoomPosition | undefined,
  joinPageSize: number,
): Promise<RoomCatchUp> {
  const [head] = await selectHeads(database, [room])
  const reset = after && (await resetOf(database, room, head, after))
  if (!head) return { head, messages: [], more: false, ...(reset && { reset }) }
  const isContinued = after !== undefined && reset === undefined
  const limit = isContinued ? MAX_HISTORY_PAGE : joinPageSize
  const range = isContinued ? { after: after.seq, limit } : { limit }
  const { messages, more } = await readPage(database, head, range)
  return { head, messages, more, ...(reset && { reset }) }
}

/** Reads one page of a room's history. */
export async function readHistory(
  database: Database,
  room: string,
  { epoch, before, after, limit }: RoomRange & { epoch?: string | undefined },
): Promise<RoomPage> {
  const [head] = await selectHeads(database, [room])
  const position =
    after === undefined ? undefined : { epoch: epoch ?? head?.epoch ?? '', seq: after }
  const isOther = epoch !== undefined && epoch !== head?.epoch
  const reset = isOther
    ? ({ reason: 'epoch_changed' } as const)
    : position && (await resetOf(database, room, head, position))
  if (!head) return { room, epoch: '', messages: [], more: false, ...(reset && { reset }) }
  const range = isOther ? { limit } : { after, before, limit }
  const page = await readPage(database, head, range)
  return { room, epoch: head.epoch, ...page, ...(reset && { reset }) }
}

async function readPage(
  database: Database,
  head: RoomHead,
  range: RoomRange,
): Promise<{ messages: RoomMessage[]; more: boolean }> {
  const messages = await selectMessages(database, head, { ...range, limit: range.limit + 1 })
  const more = messages.length > range.limit
  if (!more) return { messages, more }
  const isForward = range.after !== undefined
  return { messages: isForward ? messages.slice(0, -1) : messages.slice(1), more }
}

/** Why a reader cannot go on after a position; `undefined` when it can. */
async function resetOf(
  database: Database,
  room: string,
  head: RoomHead | undefined,
  { epoch: knownEpoch, seq, id }: RoomPosition,
): Promise<RoomReset | undefined> {
  if (!head) return seq === 0 ? undefined : { reason: 'epoch_changed' }
  // Whoever came before the first message knows no epoch yet.
  const epoch = seq === 0 && knownEpoch === '' ? head.epoch : knownEpoch
  if (epoch !== head.epoch || seq > head.seq) return { reason: 'epoch_changed' }
  // The message itself, where it is still there, and the next one.
  const [first, second] = await selectMessages(database, head, { after: seq - 1, limit: 2 })
  const next = first?.seq === seq ? second : first
  if (first?.seq === seq && id !== undefined && first.id !== id) return { reason: 'epoch_changed' }
  const isWhole = seq === head.seq || next?.seq === seq + 1
  return isWhole ? undefined : { reason: 'truncated' }
}
