import { hash } from 'node:crypto'
import type {
  AnswerError,
  Json,
  OutboxAnswer,
  OutboxDelivered,
  OutboxDelivery,
  OutboxItem,
} from '@yektayar/protocol'
import { areConsecutive, refusalOfCommand, refusals } from '@yektayar/protocol/rules'
import type { SentBefore } from '@yektayar/protocol/rules'
import type { Command } from '../commands/bindHandlers.js'
import { parseInput } from '../commands/checkCommand.js'
import {
  commandErrorOf,
  isCommandError,
  isExpected,
  logFailure,
  toAnswerError,
} from '../shared/commandError.js'
import type { CommandError } from '../shared/commandError.js'
import type { Metrics } from '../shared/metrics.js'
import { isPromise, whenAll, whenSettled } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import { isTemporary } from '../store/isTemporary.js'
import type { Delivery, DeliveryItem, DeliveryOutcome } from '../store/delivery.js'
import type { OpenTransaction, OutboxStore } from '../store/store.js'
import { answerOf, messageId } from './itemAnswer.js'
import type { ReadyItem } from './itemAnswer.js'
import { ItemReport } from './itemReport.js'
import { PreparedOnce } from './onceCommand.js'
import type { OnceCaller, OnceDeps } from './onceCommand.js'

/** What `createOutboxDelivery` depends on. */
export interface OutboxDeliveryDeps extends OnceDeps {
  store: OutboxStore
  metrics: Metrics
  find(this: void, name: string): Command | undefined
  /** The names of all commands. */
  names(this: void): Iterable<string>
}

/** Takes a batch of an outbox. Each item takes effect once, however often it is delivered. */
export type DeliverOutbox = (
  delivery: OutboxDelivery,
  caller: OnceCaller,
) => Promise<OutboxDelivered>

/** What the items of a run belong to. */
type RunOf = Omit<Delivery, 'items'>

/** What one delivery goes with. */
interface DeliveryWay {
  readonly deps: OutboxDeliveryDeps
  readonly caller: OnceCaller
  readonly report: ItemReport
}

/** What became of a run. */
interface Settled {
  readonly answers: readonly OutboxAnswer[]
  readonly isForked: boolean
}

/** Creates the delivery from outboxes. */
export function createOutboxDelivery(deps: OutboxDeliveryDeps): DeliverOutbox {
  const { limits, metrics } = deps
  return async ({ outbox, items, previous }, caller) => {
    checkNumbers(items)
    const report = new ItemReport(caller, metrics)
    const way = { deps, caller, report }
    const ready = await whenAll(items.map((item) => makeReady(item, way)))
    const answers: OutboxAnswer[] = []
    let before: SentBefore = { key: previous, isForked: false }
    for (const run of runsOf(ready)) {
      const place = { session: caller.session, outbox, before }
      let settled: Settled | { expected: number }
      try {
        settled = await settleRun(way, place, run)
      } catch (error) {
        for (const item of run) if (!item.isSkip) report.failed(item, error)
        // What was answered so far is committed; the client brings the rest again.
        if (answers.length > 0 && isTemporary(error)) break
        // The session has ended. If the connection moved to another one, the client tries again.
        if (!isOver(error) || caller.connection.data.isEnded) throw error
        return { retryAfterMs: limits.changedUserRetryMs }
      }
      if (!('answers' in settled)) return settled
      answers.push(...settled.answers)
      if (settled.answers.length < run.length) break
      before = { key: undefined, isForked: settled.isForked }
    }
    return { answers }
  }
}

function checkNumbers(items: readonly OutboxItem[]): void {
  if (!areConsecutive(items)) throw commandErrorOf(refusals.itemsWithGaps)
}

/** What is not known of an item at first. */
const unknownItem = { command: undefined, prepared: undefined, refusal: undefined }

function makeReady(item: OutboxItem, way: DeliveryWay): MaybePromise<ReadyItem> {
  const { deps, caller, report } = way
  const { n } = item
  if ('skip' in item) return { n, key: '', isSkip: true, ...unknownItem }
  const { name, input, key = digest(name, input) } = item
  const command = deps.find(name)
  const known: ReadyItem = { n, key, isSkip: false, ...unknownItem, command: command?.name }
  try {
    if (command?.definition.delivery !== 'once')
      throw notFromOutbox(name, command !== undefined, deps.names())
    const admitted = whenSettled(parseInput(command.definition, input), (parsed) => {
      const log = () => report.logOf(known)
      known.prepared = new PreparedOnce(command, parsed, caller, deps, log)
      return known.prepared.admit()
    })
    if (!isPromise(admitted)) return known
    return admitted.then(
      () => known,
      (error: unknown) => refuse(known, error, report),
    )
  } catch (error) {
    return refuse(known, error, report)
  }
}

function refuse(item: ReadyItem, error: unknown, report: ItemReport): ReadyItem {
  if (isTemporary(error)) {
    report.failed(item, error)
    throw error
  }
  if (!isExpected(error)) logFailure(report.logOf(item), 'an item was refused', error)
  item.refusal = refusalOf(error)
  return item
}

/**
 * The answer for a refused item. `outbox_forked` from an app's own code is replaced: it would make
 * the client continue under another outbox id again and again.
 */
function refusalOf(error: unknown): AnswerError {
  const answer = toAnswerError(error)
  return answer.code === 'outbox_forked' ? toAnswerError(undefined) : answer
}

/** Splits items into runs that share a transaction; an item of an app's handler gets its own. */
function runsOf(items: readonly ReadyItem[]): ReadyItem[][] {
  const runs: ReadyItem[][] = []
  let last: ReadyItem[] | undefined
  for (const item of items) {
    const isAlone = item.prepared?.isAlone ?? false
    if (last && !isAlone) {
      last.push(item)
      continue
    }
    runs.push([item])
    last = isAlone ? undefined : runs.at(-1)
  }
  return runs
}

async function settleRun(
  way: DeliveryWay,
  place: RunOf,
  run: readonly ReadyItem[],
): Promise<Settled | { expected: number }> {
  const { deps, report } = way
  const { store } = deps
  const [first] = run
  if (first?.prepared?.isAlone && !first.refusal) {
    try {
      const outcome = await store.transact((transaction) => handle(transaction, place, first))
      first.prepared.committed()
      return settledBy(outcome, place, run, report)
    } catch (error) {
      if (isTemporary(error)) throw error
      if (!isExpected(error)) logFailure(report.logOf(first), 'command threw', error)
      return settleRun(way, place, [{ ...first, refusal: refusalOf(error) }])
    }
  }
  const items = run.map((item) => itemOf(place.outbox, item))
  return settledBy(await store.deliver({ ...place, items }), place, run, report)
}

function settledBy(
  outcome: DeliveryOutcome,
  { outbox }: RunOf,
  run: readonly ReadyItem[],
  report: ItemReport,
): Settled | { expected: number } {
  if ('expected' in outcome) return outcome
  const answers: OutboxAnswer[] = []
  for (const [index, settled] of outcome.items.entries()) {
    const item = run[index]
    if (!item) continue
    const answer = answerOf(outbox, item, settled)
    answers.push(answer)
    if (!item.isSkip) report.settled(item, answer, settled)
  }
  return { answers, isForked: outcome.isForked }
}

/** Runs an item's handler in the transaction that settles the item, unless it is a repetition. */
async function handle(
  transaction: OpenTransaction,
  place: RunOf,
  item: ReadyItem,
): Promise<DeliveryOutcome> {
  const { n, key, isSkip, prepared } = item
  const looked = await transaction.deliver({
    ...place,
    items: [{ n, key, isSkip, kind: 'pending' }],
  })
  if (!('items' in looked) || !looked.isPending) return looked
  const data = await prepared?.handle(transaction, messageId(place.outbox, n))
  return transaction.deliver({ ...place, items: [itemOf(place.outbox, item, data)] })
}

/** @param handled the handler's result */
function itemOf(outbox: string, item: ReadyItem, handled?: Json): DeliveryItem {
  const { n, key, isSkip, prepared, refusal } = item
  if (refusal) return { n, key, isSkip, kind: 'refused', error: refusal }
  if (isSkip || !prepared) return { n, key, isSkip, kind: 'skip' }
  const append = prepared.append(messageId(outbox, n))
  if (append) return { n, key, isSkip, kind: 'append', append }
  return { n, key, isSkip, kind: 'handled', data: handled }
}

function digest(name: string, input: unknown): string {
  return hash('sha256', JSON.stringify([name, input]), 'base64url')
}

/** Whether the session has ended. */
function isOver(error: unknown): boolean {
  return isCommandError(error) && error.code === 'token_invalid'
}

function notFromOutbox(name: string, isKnown: boolean, known: Iterable<string>): CommandError {
  return commandErrorOf(isKnown ? refusals.transientInOutbox : refusalOfCommand(name, known))
}
