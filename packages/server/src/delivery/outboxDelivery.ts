import { createHash } from 'node:crypto'
import type { OutboxAnswer, OutboxDelivered, OutboxDelivery, OutboxItem } from '@yektayar/protocol'
import { CommandError, isCommandError, toAnswerError } from '../commandError.js'
import { parseInput } from '../socket/checkCommand.js'
import type { CommandSession } from '../socket/commandContext.js'
import type { Command } from '../socket/pairCommands.js'
import { isPromise, whenAll, whenSettled } from '../whenSettled.js'
import type { MaybePromise } from '../whenSettled.js'
import type { Batch } from './batch.js'
import type { Commits } from './commits.js'
import type { KeptAnswer } from './outboxLedger.js'
import type { OnceCaller, PreparedOnce, PrepareOnce } from './prepareOnce.js'

/** What `createOutboxDelivery` needs. */
export interface OutboxDeliveryOptions {
  commits: Commits
  prepare: PrepareOnce
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
  /** What runs; absent for what was refused, and for a skip. */
  readonly prepared?: PreparedOnce | undefined
  /** Why it was refused. */
  readonly error?: unknown
}

/** What an item's answer says beside its number and key. */
type Outcome =
  { readonly ok: true; readonly data?: unknown } | { readonly ok: false; readonly error: unknown }

/** Creates the delivery from outboxes. */
export function createOutboxDelivery(options: OutboxDeliveryOptions): DeliverOutbox {
  const { commits } = options
  return async ({ outbox, items }, caller) => {
    checkNumbers(items)
    const ready = await whenAll(items.map((item) => makeReady(item, caller, options)))
    const { session } = caller
    const answers: KeptAnswer[] = []
    for (const run of runsOf(ready)) {
      const settle = (batch: Batch) => settleRun(batch, outbox, session, run)
      const isAlone = run.some(({ prepared }) => prepared?.isAlone)
      const work = { sessionId: session.id, outboxId: outbox, isAlone, run: settle }
      const settled = await commits.run(work).catch((error: unknown) => {
        const failed = run.find(({ prepared }) => prepared?.failure)
        if (!failed || isTemporary(error)) throw error
        if (!isCommandError(error)) caller.log.error({ err: error }, 'command threw')
        const refused = [{ ...failed, prepared: undefined, error }]
        return commits.run({
          ...work,
          isAlone: false,
          run: (batch) => settleRun(batch, outbox, session, refused),
        })
      })
      if ('expected' in settled) return settled
      answers.push(...settled.answers)
    }
    return { answers: answers.map(withoutKey) }
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
  { find, prepare }: OutboxDeliveryOptions,
): MaybePromise<ReadyItem> {
  const { n } = item
  if ('skip' in item) return { n, key: '', isSkip: true }
  const { name, input, key = digest(name, input) } = item
  const refuse = (error: unknown): ReadyItem => {
    if (isTemporary(error)) throw error
    return { n, key, isSkip: false, error }
  }
  try {
    const command = find(name)
    if (command?.definition.delivery !== 'once') throw notFromOutbox(command !== undefined)
    const prepared = whenSettled(parseInput(command.definition, input), (parsed) =>
      prepare(command, parsed, caller),
    )
    const ready = whenSettled(prepared, (prepared) => ({ n, key, isSkip: false, prepared }))
    return isPromise(ready) ? ready.then(undefined, refuse) : ready
  } catch (error) {
    return refuse(error)
  }
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
  outbox: string,
  session: CommandSession,
  items: readonly ReadyItem[],
): Promise<{ answers: KeptAnswer[] } | { expected: number }> {
  batch.requireSession(session)
  const sessionId = session.id
  const expected = batch.outboxes.lastN(outbox, sessionId) + 1
  const firstN = items[0]?.n ?? expected
  if (firstN > expected) return { expected }

  const old = items.filter(({ n }) => n < expected)
  const lastOld = old.at(-1)
  const kept = lastOld && (await batch.outboxes.kept(outbox, sessionId, firstN, lastOld.n))
  const answers = old.map((item) => storedAnswer(item, kept?.get(item.n)))

  const fresh: KeptAnswer[] = []
  for (const item of items.slice(old.length)) {
    const outcome = await settleItem(batch, item, `${outbox}.${String(item.n)}`)
    fresh.push({ n: item.n, key: item.key, ...outcome } as KeptAnswer) // its data is JSON by its schema
  }
  batch.outboxes.record(outbox, sessionId, fresh)
  return { answers: [...answers, ...fresh] }
}

/** The stored answer, unless the outbox was copied and another item has taken this number. */
function storedAnswer({ n, key, isSkip }: ReadyItem, kept: KeptAnswer | undefined): KeptAnswer {
  if (!kept) {
    const error = new CommandError('answer_expired', 'The answer is not kept any more', {
      hint: 'The command may have taken effect; look before you send it anew',
    })
    return { n, key, ok: false, error: toAnswerError(error) }
  }
  if (isSkip || kept.key === key) return kept
  const error = new CommandError('outbox_forked', 'Another item was delivered under this number', {
    hint: 'The outbox was copied; deliver under a new outbox id',
  })
  return { n, key, ok: false, error: toAnswerError(error) }
}

function settleItem(
  batch: Batch,
  { prepared, isSkip, error }: ReadyItem,
  key: string,
): MaybePromise<Outcome> {
  if (isSkip) return { ok: true }
  if (prepared) return whenSettled(prepared.run(batch, key), (data) => ({ ok: true, data }))
  return { ok: false, error: toAnswerError(error) }
}

function withoutKey(kept: KeptAnswer): OutboxAnswer {
  return kept.ok
    ? { n: kept.n, ok: true, data: kept.data }
    : { n: kept.n, ok: false, error: kept.error }
}

function digest(name: string, input: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([name, input]))
    .digest('base64url')
}

/** After these, the same item may succeed; so it keeps its number. */
function isTemporary(error: unknown): boolean {
  return (
    isCommandError(error) && (error.code === 'store_unavailable' || error.code === 'rate_limited')
  )
}

function notFromOutbox(isKnown: boolean): CommandError {
  return isKnown
    ? new CommandError(
        'invalid_input',
        'This command is transient: it is not sent through an outbox',
      )
    : new CommandError('unknown_command', 'The server has no such command')
}
