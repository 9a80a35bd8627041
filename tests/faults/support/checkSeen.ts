import type { Entry, Position, Report, Seen, Subscriber } from './history.js'
import { RoomLog } from './roomLog.js'

/** What a witness has seen of a room since its join. */
interface View {
  position: Position | undefined
  /**
   * The index in the log from which the witness must have seen every entry, since its join or last
   * reset.
   */
  from: number | undefined
  readonly ids: Set<string>
}

/** A source of observations: the log itself, or a subscriber. */
interface Witness {
  readonly by: string
  readonly seen: Iterable<Seen>
}

/** Checks that what a witness saw is ordered and complete, by itself and against the log. */
export function checkSeen(
  { by, seen }: Witness,
  logs: ReadonlyMap<string, RoomLog>,
  report: Report,
): void {
  const views = new Map<string, View>()
  const logOf = (room: string): RoomLog => logs.get(room) ?? new RoomLog()
  const checkUpTo = (room: string, { from, ids }: View, end: number): void => {
    if (from === undefined) return
    for (const entry of logOf(room).entries.slice(from, end)) {
      if (!ids.has(entry.id)) report('lost', by, entry)
    }
  }

  for (const one of seen) {
    const view = views.get(one.room) ?? { position: undefined, from: undefined, ids: new Set() }
    const { position } = view
    views.set(one.room, view)
    if (one.kind !== 'message' && position) {
      checkUpTo(one.room, view, logOf(one.room).after(position))
    }
    switch (one.kind) {
      case 'joined':
        views.set(one.room, { position: one, from: logOf(one.room).after(one), ids: new Set() })
        break
      case 'message':
        view.from ??= logOf(one.room).after({ ...one, seq: one.seq - 1 })
        checkStep(by, view, one, report)
        break
      case 'reset':
        view.position = view.from = undefined
        break
      case 'left':
        views.delete(one.room)
    }
  }
  for (const [room, view] of views) {
    const { length } = logOf(room).entries
    // After a reset without later messages, the newest message must have been seen.
    view.from ??= Math.max(0, length - 1)
    checkUpTo(room, view, length)
  }
}

/** Checks one message against the messages that the witness saw before. */
function checkStep(by: string, view: View, entry: Entry, report: Report): void {
  const { position, ids } = view
  const isRepeat = ids.has(entry.id)
  if (isRepeat) report('doubled', by, entry)
  ids.add(entry.id)
  if (position?.epoch === entry.epoch && entry.seq <= position.seq) {
    if (!isRepeat) report('outOfOrder', by, entry, position)
    return
  }
  if (position && !(position.epoch === entry.epoch && entry.seq === position.seq + 1)) {
    report('gap', by, entry, position)
  }
  view.position = entry
}

/** Checks that the log and all subscribers have the same message at each position. */
export function checkAgreement(
  subscribers: readonly Subscriber[],
  logs: ReadonlyMap<string, RoomLog>,
  report: Report,
): void {
  const unlogged = new Map<string, Entry>()
  for (const { name, seen } of subscribers) {
    for (const one of seen) {
      if (one.kind !== 'message') continue
      let known = logs.get(one.room)?.at(one)
      if (!known) {
        report('phantom', name, one)
        const place = JSON.stringify([one.room, one.epoch, one.seq])
        known = unlogged.get(place)
        if (!known) unlogged.set(place, one)
      }
      if (known && known.id !== one.id) report('diverged', name, one, known)
    }
  }
}
