import type { RoomContinuity, RoomEntry } from '../realtimeTypes.js'

/** What happened to the messages of a time without a connection, and after which one to show it. */
export interface ContinuityMark {
  readonly kind: 'continuity'
  readonly afterSeq: number
  readonly continuity: RoomContinuity
}

/** As whom the page writes from now on, by name. */
export interface IdentityChange {
  readonly how: 'replaced' | 'signedIn'
  readonly before: string
  readonly name: string
}

/** That the page became somebody else, and after which message to show it. */
export interface IdentityMark {
  readonly kind: 'identity'
  readonly afterSeq: number
  readonly change: IdentityChange
}

/** Something to show between messages. */
export type ConversationMark = ContinuityMark | IdentityMark

/** One line of a conversation. */
export type ConversationRow =
  | { readonly kind: 'day'; readonly key: string; readonly at: string }
  | (ContinuityMark & { readonly key: string })
  | (IdentityMark & { readonly key: string })
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
  marks: readonly ConversationMark[],
): ConversationRow[] {
  const rows: ConversationRow[] = []
  const days = new Set<string>()
  let before: RoomEntry | undefined
  const open = marks.toSorted((a, b) => a.afterSeq - b.afterSeq)

  const placeMarks = (seq: number): void => {
    while (open[0] && open[0].afterSeq < seq) {
      const [mark] = open.splice(0, 1)
      if (mark) rows.push({ ...mark, key: `mark ${marks.indexOf(mark)}` })
      before = undefined
    }
  }

  for (const entry of entries) {
    placeMarks(entry.seq ?? Infinity)
    const day = dayOf(entry)
    if (!days.has(day)) {
      days.add(day)
      rows.push({ kind: 'day', key: day, at: entry.at })
      before = undefined
    }
    const isMine = entry.isOwn
    const isFirst = !before || isApart(before, entry, before.isOwn === isMine, isMine)
    rows.push({ kind: 'message', key: entry.key, entry, isOwn: isMine, isFirst })
    before = entry
  }
  placeMarks(Infinity)
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
