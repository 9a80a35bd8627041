import { hash } from 'node:crypto'
import { isServerErrorCode } from '@yektayar/protocol'
import type {
  AnswerError,
  Json,
  OutboxAnswer,
  OutboxDelivered,
  OutboxDelivery,
  OutboxItem,
} from '@yektayar/protocol'
import { areConsecutive, refusals } from '@yektayar/protocol/rules'
import type { NumberedItem, SentBefore } from '@yektayar/protocol/rules'
import type { Command } from '../commands/bindHandlers.js'
import { parseInput } from '../commands/checkCommand.js'
import {
  commandErrorOf,
  isCommandError,
  logFailure,
  toAnswerError,
} from '../shared/commandError.js'
import type { CommandError } from '../shared/commandError.js'
import { isPromise, whenAll, whenSettled } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import { isTemporary } from '../store/isTemporary.js'
import type {
  Delivery,
  DeliveryItem,
  DeliveryOutcome,
  ItemOutcome,
  Place,
} from '../store/delivery.js'
import type { OpenTransaction, OutboxStore } from '../store/store.js'
import { PreparedOnce } from './onceCommand.js'
import type { OnceCaller, OnceDeps } from './onceCommand.js'

/** What `createOutboxDelivery` depends on. */
export interface OutboxDeliveryDeps extends OnceDeps {
  store: OutboxStore
  find(this: void, name: string): Command | undefined
}

/** Takes what an outbox brings: each item takes effect once, however often it comes. */
export type DeliverOutbox = (
  delivery: OutboxDelivery,
  caller: OnceCaller,
) => Promise<OutboxDelivered>

/** An item that was looked at before any transaction. */
interface ReadyItem extends NumberedItem {
  /** What runs unless it was refused; absent for a skip, and for what is no such command. */
  prepared: PreparedOnce | undefined
  /** Why it was refused. */
  refusal: AnswerError | undefined
}

/** What the items of a run belong to. */
type RunOf = Omit<Delivery, 'items'>

/** What became of a run. */
interface Settled {
  readonly answers: readonly OutboxAnswer[]
  readonly isForked: boolean
}

/** Creates the delivery from outboxes. */
export function createOutboxDelivery(deps: OutboxDeliveryDeps): DeliverOutbox {
  const { limits } = deps
  return async ({ outbox, items, previous }, caller) => {
    checkNumbers(items)
    const ready = await whenAll(items.map((item) => makeReady(item, caller, deps)))
    const answers: OutboxAnswer[] = []
    let before: SentBefore = { key: previous, isForked: false }
    for (const run of runsOf(ready)) {
      const place = { session: caller.session, outbox, before }
      let settled: Settled | { expected: number }
      try {
        settled = await settleRun(deps, place, run, caller)
      } catch (error) {
        // What was answered so far is committed; the client brings the rest again.
        if (answers.length > 0 && isTemporary(error)) break
        // The session is none any more: the connection goes on with another one, or is about to close.
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

function makeReady(
  item: OutboxItem,
  caller: OnceCaller,
  deps: OutboxDeliveryDeps,
): MaybePromise<ReadyItem> {
  const { n } = item
  if ('skip' in item) return { n, key: '', isSkip: true, prepared: undefined, refusal: undefined }
  const { name, input, key = digest(name, input) } = item
  const ready: ReadyItem = { n, key, isSkip: false, prepared: undefined, refusal: undefined }
  try {
    const command = deps.find(name)
    if (command?.definition.delivery !== 'once') throw notFromOutbox(command !== undefined)
    const authorized = whenSettled(parseInput(command.definition, input), (parsed) => {
      ready.prepared = new PreparedOnce(command, parsed, caller, deps)
      return ready.prepared.authorize()
    })
    if (!isPromise(authorized)) return ready
    return authorized.then(
      () => ready,
      (error: unknown) => refuse(ready, error, name, caller),
    )
  } catch (error) {
    return refuse(ready, error, name, caller)
  }
}

function refuse(item: ReadyItem, error: unknown, name: string, { log }: OnceCaller): ReadyItem {
  if (isTemporary(error)) throw error
  logFailure(log, 'an item was refused', error, { item: name })
  item.refusal = refusalOf(error)
  return item
}

/** A client would go on under another id for ever where an app's own failure says that it has to. */
function refusalOf(error: unknown): AnswerError {
  const answer = toAnswerError(error)
  return answer.code === 'outbox_forked' ? toAnswerError(undefined) : answer
}

/** What may be settled in one transaction: what is alone is so here, too. */
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
  deps: OutboxDeliveryDeps,
  place: RunOf,
  run: readonly ReadyItem[],
  caller: OnceCaller,
): Promise<Settled | { expected: number }> {
  const { store } = deps
  const [first] = run
  if (first?.prepared?.isAlone && !first.refusal) {
    try {
      const outcome = await store.transact((transaction) => handle(transaction, place, first))
      return settledBy(outcome, place, run)
    } catch (error) {
      if (isTemporary(error)) throw error
      logFailure(caller.log, 'command threw', error, { item: first.prepared.name })
      return settleRun(deps, place, [{ ...first, refusal: refusalOf(error) }], caller)
    }
  }
  const items = run.map((item) => itemOf(place.outbox, item))
  return settledBy(await store.deliver({ ...place, items }), place, run)
}

function settledBy(
  outcome: DeliveryOutcome,
  { outbox }: RunOf,
  run: readonly ReadyItem[],
): Settled | { expected: number } {
  if ('expected' in outcome) return outcome
  const answers: OutboxAnswer[] = []
  for (const [index, settled] of outcome.items.entries()) {
    const item = run[index]
    if (item) answers.push(answerOf(outbox, item, settled))
  }
  return { answers, isForked: outcome.isForked }
}

/** Runs the handler of an item whose turn it is, in the transaction that settles the item. */
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
  const data = await prepared?.handle(transaction.database, messageId(place.outbox, n))
  return transaction.deliver({ ...place, items: [itemOf(place.outbox, item, data)] })
}

/** @param handled what its handler has answered */
function itemOf(outbox: string, item: ReadyItem, handled?: Json): DeliveryItem {
  const { n, key, isSkip, prepared, refusal } = item
  if (refusal) return { n, key, isSkip, kind: 'refused', error: refusal }
  if (isSkip || !prepared) return { n, key, isSkip, kind: 'skip' }
  const append = prepared.append(messageId(outbox, n))
  if (append) return { n, key, isSkip, kind: 'append', append }
  return { n, key, isSkip, kind: 'handled', data: handled }
}

function messageId(outbox: string, n: number): string {
  return `${outbox}.${String(n)}`
}

function answerOf(outbox: string, item: ReadyItem, outcome: ItemOutcome): OutboxAnswer {
  const { n, refusal } = item
  switch (outcome.kind) {
    case 'forked':
      return outboxForked(n)
    case 'expired':
      return answerExpired(n)
    case 'appended':
      return answerAt(outbox, item, outcome)
    case 'kept':
      return keptAnswer(outbox, item, outcome)
    case 'settled':
      if (refusal) return { n, ok: false, error: refusal }
      return item.isSkip ? { n, ok: true } : { n, ok: true, data: outcome.data }
  }
}

/** The answer of an item that appended a message. */
function answerAt(outbox: string, { n, prepared }: ReadyItem, place: Place): OutboxAnswer {
  const append = prepared?.append(messageId(outbox, n))
  if (!prepared || !append) return answerExpired(n) // its input does not fit the command any more
  return { n, ok: true, data: prepared.answer(append, place) }
}

/** What was kept of the answer when the item came before. */
function keptAnswer(
  outbox: string,
  item: ReadyItem,
  { answer, at }: Extract<ItemOutcome, { kind: 'kept' }>,
): OutboxAnswer {
  const { n } = item
  if ('seq' in answer) {
    return item.isSkip ? { n, ok: true } : answerAt(outbox, item, { seq: answer.seq, at })
  }
  if (!answer.ok) return { n, ok: false, error: knownError(answer.error) }
  return item.isSkip ? { n, ok: true } : { n, ok: true, data: answer.data }
}

function answerExpired(n: number): OutboxAnswer {
  return { n, ok: false, error: toAnswerError(commandErrorOf(refusals.answerExpired)) }
}

function outboxForked(n: number): OutboxAnswer {
  return { n, ok: false, error: toAnswerError(commandErrorOf(refusals.outboxForked)) }
}

/** An older server has kept answers with codes that an app made up. */
function knownError(error: AnswerError): AnswerError {
  return isServerErrorCode(error.code) ? error : toAnswerError(undefined)
}

function digest(name: string, input: unknown): string {
  return hash('sha256', JSON.stringify([name, input]), 'base64url')
}

/** The session is none any more. */
function isOver(error: unknown): boolean {
  return isCommandError(error) && error.code === 'token_invalid'
}

function notFromOutbox(isKnown: boolean): CommandError {
  return commandErrorOf(isKnown ? refusals.transientInOutbox : refusals.unknownCommand)
}
