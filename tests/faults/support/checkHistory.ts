import { checkAgreement, checkSeen } from './checkSeen.js'
import type { Ending, Entry, History, Report, Seen, Sent, Violation } from './history.js'
import { RoomLog } from './roomLog.js'

/**
 * Finds every broken promise in a run: messages that were lost, duplicated, reordered, seen
 * differently, falsely confirmed, stored after the end of their session, or left without an answer.
 *
 * @returns the violations; empty if every promise was kept
 * @throws {Error} for an invalid history, in which two messages have the same id
 */
export function checkHistory({ sent, subscribers, log, endings = [] }: History): Violation[] {
  const violations: Violation[] = []
  const report: Report = (kind, by, message, against) => {
    violations.push({ kind, by, message, against })
  }
  const logs = new Map<string, RoomLog>()
  for (const entry of log) {
    const room = logs.get(entry.room) ?? new RoomLog()
    logs.set(entry.room, room)
    const holder = room.add(entry)
    if (holder) report('diverged', 'log', entry, holder)
  }

  const sentById = indexSent(sent)
  for (const one of sent) checkSettled(one, logs.get(one.room), report)
  for (const room of logs.values()) {
    checkSeen({ by: 'log', seen: asSeen(room.entries) }, logs, report)
    checkOutboxes(room, sentById, report)
    checkEndings(room, sentById, endings, report)
  }
  for (const { name, seen } of subscribers) checkSeen({ by: name, seen }, logs, report)
  checkAgreement(subscribers, logs, report)
  return violations
}

function indexSent(sent: readonly Sent[]): Map<string, Sent> {
  const byId = new Map(sent.map((one) => [one.id, one]))
  if (byId.size < sent.length) throw new Error('Two messages of the history have the same id')
  return byId
}

function checkSettled(sent: Sent, room: RoomLog | undefined, report: Report): void {
  const { client, id, receipt, settled } = sent
  if (settled === 'unsettled') report('unsettled', client, sent)
  if (settled === 'delivered' && !room?.has(id)) report('lost', 'log', sent)
  if (!receipt) return
  const held = receipt.room === sent.room ? room?.at(receipt) : undefined
  if (held?.id !== id) report('falselyConfirmed', client, sent, held ?? receipt)
}

/** Reads the log like a subscriber would. A new epoch counts as a reset. */
function* asSeen(entries: readonly Entry[]): Generator<Seen> {
  let last: Entry | undefined
  for (const entry of entries) {
    if (last && last.epoch !== entry.epoch) {
      yield { kind: 'reset', room: entry.room, reason: 'epoch' }
    }
    yield { kind: 'message', ...entry }
    last = entry
  }
}

function checkOutboxes(room: RoomLog, sent: ReadonlyMap<string, Sent>, report: Report): void {
  const last = new Map<string, { n: number; entry: Entry }>()
  for (const entry of room.entries) {
    const one = sent.get(entry.id)
    if (one?.room !== entry.room) {
      report('phantom', 'log', entry)
      continue
    }
    const before = last.get(one.outbox)
    if (before && one.n < before.n) report('outOfOrder', one.client, entry, before.entry)
    else last.set(one.outbox, { n: one.n, entry })
  }
}

function checkEndings(
  room: RoomLog,
  sent: ReadonlyMap<string, Sent>,
  endings: readonly Ending[],
  report: Report,
): void {
  if (endings.length === 0) return
  const [first] = room.entries
  const allowed = new Map(
    endings.map(({ outbox, heads }) => {
      const head = heads.find((position) => position.room === first?.room)
      return [outbox, { head, end: head ? room.after(head) : 0 }]
    }),
  )
  for (const [index, entry] of room.entries.entries()) {
    const one = sent.get(entry.id)
    const bound = one && allowed.get(one.outbox)
    if (bound && index >= bound.end) report('afterEnd', one.client, entry, bound.head)
  }
}
