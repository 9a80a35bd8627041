import type { RoomContinuity, RoomEntry } from '../realtimeTypes.js'

/** What happened to the messages of a time without a connection, and after which one to show it. */
export interface ContinuityMark {
  readonly afterSeq: number
  readonly continuity: RoomContinuity
}

/** One line of a conversation. */
export type ConversationRow =
  | { readonly kind: 'day'; readonly key: string; readonly at: string }
  | { readonly kind: 'mark'; readonly key: string; readonly continuity: RoomContinuity }
  | {
      readonly kind: 'message'
      readonly key: string
      readonly entry: RoomEntry
      readonly isOwn: boolean
      /** Whether it is the first of several messages of one author; it then shows the name. */
      readonly isFirst: boolean
    }

/** A message after a longer pause shows its author's name again, in milliseconds. */
const GROUP_PAUSE_MS = 5 * 60_000

/** Arranges days, marks and messages in the order in which the page shows them. */
export function arrangeMessages(
  entries: readonly RoomEntry[],
  isOwn: (entry: RoomEntry) => boolean,
  mark: ContinuityMark | null,
): ConversationRow[] {
  const rows: ConversationRow[] = []
  const days = new Set<string>()
  let before: RoomEntry | undefined
  let openMark = mark

  const placeMark = (): void => {
    if (!openMark) return
    rows.push({ kind: 'mark', key: 'mark', continuity: openMark.continuity })
    openMark = null
    before = undefined
  }

  for (const entry of entries) {
    if (openMark && (entry.seq ?? Infinity) > openMark.afterSeq) placeMark()
    const day = dayOf(entry)
    if (!days.has(day)) {
      days.add(day)
      rows.push({ kind: 'day', key: day, at: entry.at })
      before = undefined
    }
    const isMine = isOwn(entry)
    const isFirst = !before || isApart(before, entry, isOwn(before) === isMine, isMine)
    rows.push({ kind: 'message', key: entry.key, entry, isOwn: isMine, isFirst })
    before = entry
  }
  placeMark()
  return rows
}

function dayOf({ at }: RoomEntry): string {
  return new Date(at).toDateString()
}

function isApart(
  before: RoomEntry,
  entry: RoomEntry,
  isSameSide: boolean,
  isMine: boolean,
): boolean {
  if (!isSameSide || (!isMine && before.from !== entry.from)) return true
  return Date.parse(entry.at) - Date.parse(before.at) > GROUP_PAUSE_MS
}
