import { hash } from 'node:crypto'
import { isServerErrorCode } from '@yektayar/protocol'
import type {
  AnswerError,
  OutboxAnswer,
  OutboxDelivered,
  OutboxDelivery,
  OutboxItem,
  ServerErrorCode,
} from '@yektayar/protocol'
import type { Command } from '../commands/bindHandlers.js'
import { parseInput } from '../commands/checkCommand.js'
import type { CommandSession } from '../sessions/commandSession.js'
import { CommandError, isCommandError, logFailure, toAnswerError } from '../shared/commandError.js'
import { isPromise, whenAll, whenSettled } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import type { Batch } from '../store/sqlite/batch.js'
import type { Commits } from '../store/groupCommit.js'
import { PreparedOnce } from './onceCommand.js'
import type { OnceCaller, OnceResult, OnceSurroundings } from './onceCommand.js'
import type { DatedAnswer, KeptAnswer, OutboxEnd } from '../store/sqlite/outboxLedger.js'

/** What `createOutboxDelivery` needs. */
export interface OutboxDeliveryOptions extends OnceSurroundings {
  commits: Commits
  find(this: void, name: string): Command | undefined
}

/** Takes what an outbox brings: each item takes effect once, however often it comes. */
export type DeliverOutbox = (
  delivery: OutboxDelivery,
  caller: OnceCaller,
) => Promise<OutboxDelivered>

/** An item that was looked at before any transaction. */
interface ReadyItem {
  readonly n: number
  /** Tells the item from another one with the same number. */
  readonly key: string
  readonly isSkip: boolean
  /** What runs unless it was refused; absent for a skip, and for what is no such command. */
  prepared: PreparedOnce | undefined
  /** Why it was refused. */
  refusal: AnswerError | undefined
}

/** What came before the items of a run. */
interface Before {
  /** The key of the item with the number before, as far as the client knows under which it was sent. */
  readonly key: string | undefined
  /** Whether an item of the same packet has shown that the outbox was copied. */
  readonly isForked: boolean
}

/** What a run belongs to. */
interface Place {
  readonly outbox: string
  readonly session: CommandSession
  readonly before: Before
}

/** What became of a run. */
interface Settled {
  readonly answers: readonly OutboxAnswer[]
  readonly isForked: boolean
}

/** Creates the delivery from outboxes. */
export function createOutboxDelivery(options: OutboxDeliveryOptions): DeliverOutbox {
  const { commits, limits } = options
  return async ({ outbox, items, previous }, caller) => {
    checkNumbers(items)
    const ready = await whenAll(items.map((item) => makeReady(item, caller, options)))
    const { session } = caller
    const answers: OutboxAnswer[] = []
    /** The session is none any more: the connection goes on with another one, or is about to close. */
    const wait = (error: unknown): { retryAfterMs: number } => {
      if (!isOver(error) || caller.connection.data.isEnded) throw error
      return { retryAfterMs: limits.changedUserRetryMs }
    }
    let before: Before = { key: previous, isForked: false }
    for (const run of runsOf(ready)) {
      const place = { outbox, session, before }
      const settle = (batch: Batch) => settleRun(batch, place, run)
      const [alone] = run.filter(({ prepared }) => prepared?.isAlone)
      const isAlone = alone !== undefined
      const work = { sessionId: session.id, outboxId: outbox, isAlone, run: settle }
      const recover = async (error: unknown) => {
        if (!alone || isTemporary(error)) return wait(error)
        logFailure(caller.log, 'command threw', error, { item: alone.prepared?.name })
        const refused = [{ ...alone, refusal: refusalOf(error) }]
        const run = (batch: Batch) => settleRun(batch, place, refused)
        return commits.run({ ...work, isAlone: false, run }).catch(wait)
      }
      const settled = await commits.run(work).catch(recover)
      if (!('answers' in settled)) return settled
      answers.push(...settled.answers)
      if (settled.answers.length < run.length) break
      before = { key: undefined, isForked: settled.isForked }
    }
    return { answers }
  }
}

function checkNumbers(items: readonly OutboxItem[]): void {
  const first = items[0]?.n ?? 0
  if (items.every(({ n }, index) => n === first + index)) return
  throw new CommandError('invalid_input', 'The numbers of the items have gaps')
}

function makeReady(
  item: OutboxItem,
  caller: OnceCaller,
  options: OutboxDeliveryOptions,
): MaybePromise<ReadyItem> {
  const { n } = item
  if ('skip' in item) return { n, key: '', isSkip: true, prepared: undefined, refusal: undefined }
  const { name, input, key = digest(name, input) } = item
  const ready: ReadyItem = { n, key, isSkip: false, prepared: undefined, refusal: undefined }
  try {
    const command = options.find(name)
    if (command?.definition.delivery !== 'once') throw notFromOutbox(command !== undefined)
    const authorized = whenSettled(parseInput(command.definition, input), (parsed) => {
      ready.prepared = new PreparedOnce(command, parsed, caller, options)
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
  batch: Batch,
  { outbox, session, before }: Place,
  items: readonly ReadyItem[],
): Promise<Settled | { expected: number }> {
  batch.requireSession(session)
  const end = batch.outboxes.end(outbox, session.id)
  const expected = end.lastN + 1
  const firstN = items[0]?.n ?? expected
  if (firstN > expected && !before.isForked) return { expected }

  const answers: OutboxAnswer[] = []
  const keyOf = ({ n }: ReadyItem): string => `${outbox}.${String(n)}`
  const old = items.filter(({ n }) => n < expected)
  const lastOld = old.at(-1)
  if (lastOld) {
    const kept = await batch.outboxes.kept(outbox, firstN, lastOld.n)
    for (const item of old) {
      answers.push(storedAnswer(batch, item, keyOf(item), kept.get(item.n), end))
    }
  }
  // What comes behind an item of a copied outbox waits with it, so that their order holds.
  const isForked = before.isForked || answers.some(isFork) || isForeign(end, before, lastOld)
  const rest = items.slice(old.length)
  if (isForked) return { answers: [...answers, ...rest.map(({ n }) => outboxForked(n))], isForked }

  const fresh: KeptAnswer[] = []
  for (const item of rest) {
    const { n, key, prepared, refusal } = item
    if (refusal || !prepared) {
      const answer: OutboxAnswer = refusal ? { n, ok: false, error: refusal } : { n, ok: true }
      answers.push(answer)
      fresh.push({ ...answer, key })
      continue
    }
    let result: OnceResult
    try {
      const running = prepared.run(batch, keyOf(item))
      result = isPromise(running) ? await running : running
    } catch (error) {
      if (answers.length === 0 || !isTemporary(error)) throw error
      break // the client brings it again, and with it what follows
    }
    const { data, seq } = result
    answers.push({ n, ok: true, data })
    fresh.push(seq === undefined ? { n, key, ok: true, data } : { n, key, seq })
  }
  batch.outboxes.record(outbox, session.id, fresh)
  return { answers, isForked }
}

function isFork(answer: OutboxAnswer): boolean {
  return !answer.ok && answer.error.code === 'outbox_forked'
}

/** Whether another item was delivered under the number before the next one. */
function isForeign(
  { lastKey }: OutboxEnd,
  before: Before,
  lastOld: ReadyItem | undefined,
): boolean {
  // An item that was delivered may be skipped when it comes again: then its key is not known.
  const key = !lastOld ? before.key : lastOld.isSkip ? undefined : lastOld.key
  return key !== undefined && lastKey !== null && key !== lastKey
}

/** The stored answer, unless the outbox was copied and another item has taken this number. */
function storedAnswer(
  batch: Batch,
  { n, key, isSkip, prepared }: ReadyItem,
  messageId: string,
  kept: DatedAnswer | undefined,
  { lastN, lastKey }: OutboxEnd,
): OutboxAnswer {
  const keptKey = kept?.key ?? (n === lastN ? lastKey : null)
  if (!isSkip && keptKey !== null && keptKey !== key) return outboxForked(n)
  if (!kept) return answerExpired(n)
  const isPlace = 'seq' in kept
  if (!isPlace && !kept.ok) return { n, ok: false, error: knownError(kept.error) }
  if (isSkip) return { n, ok: true }
  if (!isPlace) return { n, ok: true, data: kept.data }
  if (!prepared) return answerExpired(n) // its input does not fit the command any more
  return { n, ok: true, data: prepared.answerAgain(batch, messageId, kept) }
}

function answerExpired(n: number): OutboxAnswer {
  const error = new CommandError('answer_expired', 'The answer is not kept any more', {
    hint: 'The command may have taken effect; look before you send it anew',
  })
  return { n, ok: false, error: toAnswerError(error) }
}

function outboxForked(n: number): OutboxAnswer {
  const error = new CommandError('outbox_forked', 'Another item was delivered under this number', {
    hint: 'The outbox was copied; deliver under a new outbox id',
  })
  return { n, ok: false, error: toAnswerError(error) }
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

/** After these, the same item may succeed; so it keeps its number. */
const temporaryCodes: readonly ServerErrorCode[] = [
  'rate_limited',
  'store_full',
  'store_unavailable',
]

function isTemporary(error: unknown): boolean {
  return isCommandError(error) && temporaryCodes.includes(error.code)
}

function notFromOutbox(isKnown: boolean): CommandError {
  return isKnown
    ? new CommandError(
        'invalid_input',
        'This command is transient: it is not sent through an outbox',
      )
    : new CommandError('unknown_command', 'The server has no such command')
}
