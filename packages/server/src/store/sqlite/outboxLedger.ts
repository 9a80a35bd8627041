import { MAX_DELIVERY_ITEMS } from '@yektayar/protocol'
import { refusals } from '@yektayar/protocol/rules'
import type { OutboxEnd } from '@yektayar/protocol/rules'
import { commandErrorOf } from '../../shared/commandError.js'
import type { Limits } from '../../shared/limits.js'
import type { DatedAnswer, KeptAnswer } from '../delivery.js'
import { compileOnce } from './compileOnce.js'
import { prepareInsertion } from './insertRows.js'
import { isOneOfJson } from './isOneOf.js'
import { joinRows, splitRows } from './joinedRows.js'
import type { JoinedRows } from './joinedRows.js'
import type { Database } from './openDatabase.js'

/** Old answers are removed each time that an outbox has advanced by this many items, or fewer. */
const PRUNE_STEP = 256

const replaceOutboxes = prepareInsertion({
  table: 'outboxes',
  columns: ['id', 'session_id', 'last_n', 'last_key', 'used_at'],
  replace: { key: 'id', columns: ['last_n', 'last_key', 'used_at'] },
})

const insertAnswers = prepareInsertion({
  table: 'outbox_answers',
  columns: ['outbox_id', 'last_n', 'answers', 'at'],
})

const runSelectOutboxes = compileOnce<{ ids: string }, JoinedRows>((database, value) =>
  database
    .selectFrom('outboxes')
    .select(joinRows('id', 'session_id', 'last_n', 'last_key'))
    .where(isOneOfJson('id', value('ids'))),
)

const runDeleteAnswers = compileOnce<{ id: string; lastN: number }, unknown>((database, value) =>
  database
    .deleteFrom('outbox_answers')
    .where('outbox_id', '=', value('id'))
    .where('last_n', '<=', value('lastN')),
)

/** The progress of an outbox. */
interface OutboxState {
  readonly sessionId: string
  lastN: number
  lastKey: string | null
  isTouched: boolean
  /** The last number before this transaction. */
  readonly startN: number
}

/** One row to write: the answers to one batch. */
interface AnswerRow {
  readonly outboxId: string
  readonly answers: readonly KeptAnswer[]
}

/** The outboxes that one transaction uses: their state, and what has to be written. */
export class OutboxLedger {
  readonly #transaction: Database
  readonly #limits: Limits
  readonly #now: number
  readonly #states = new Map<string, OutboxState>()
  readonly #rows: AnswerRow[] = []

  constructor(transaction: Database, now: number, limits: Limits) {
    this.#transaction = transaction
    this.#now = now
    this.#limits = limits
  }

  /** Reads the outboxes that the transaction is about to use. */
  async load(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    const found = await runSelectOutboxes(this.#transaction, { ids: JSON.stringify(ids) })
    for (const row of splitRows<[string, string, number, string | null]>(found)) {
      const [id, sessionId, lastN, lastKey] = row
      this.#states.set(id, stateOf(sessionId, { lastN, lastKey }))
    }
  }

  /**
   * The last settled item of an outbox.
   *
   * @throws {CommandError} `forbidden` for the outbox of another session
   */
  end(id: string, sessionId: string): OutboxEnd {
    const state = this.#stateOf(id, sessionId)
    if (state.sessionId === sessionId) return { lastN: state.lastN, lastKey: state.lastKey }
    throw commandErrorOf(refusals.outboxOfOther)
  }

  /** Answers kept for a range of numbers, by number. */
  async kept(id: string, firstN: number, lastN: number): Promise<ReadonlyMap<number, DatedAnswer>> {
    const stored = await this.#transaction
      .selectFrom('outbox_answers')
      .select(['answers', 'at'])
      .where('outbox_id', '=', id)
      .where('last_n', '>=', firstN)
      .where('last_n', '<', lastN + MAX_DELIVERY_ITEMS) // a row has the number of its last item
      .where('at', '>', Math.max(0, this.#now - this.#limits.outboxAnswerAgeMs))
      .execute()
    const answers = stored.flatMap((row) => dated(JSON.parse(row.answers) as KeptAnswer[], row.at)) // written below
    const fresh = this.#rows.filter(({ outboxId }) => outboxId === id)
    for (const row of fresh) answers.push(...dated(row.answers, this.#now))
    return new Map(answers.map((dated) => [dated.answer.n, dated]))
  }

  /** Records the answers of the next items. */
  record(id: string, sessionId: string, answers: readonly KeptAnswer[]): void {
    const last = answers.at(-1)
    if (!last) return
    const state = this.#stateOf(id, sessionId)
    state.lastN = last.n
    state.lastKey = last.key
    state.isTouched = true
    this.#rows.push({ outboxId: id, answers })
  }

  /** Writes everything that is pending. Returns whether there was anything. */
  async flush(): Promise<boolean> {
    const touched = [...this.#states].filter(([, { isTouched }]) => isTouched)
    if (touched.length === 0) return false
    await replaceOutboxes(
      this.#transaction,
      touched.map(([id, { sessionId, lastN, lastKey }]) => [
        id,
        sessionId,
        lastN,
        lastKey,
        this.#now,
      ]),
    )
    await insertAnswers(
      this.#transaction,
      this.#rows.map(({ outboxId, answers }) => [
        outboxId,
        answers.at(-1)?.n ?? 0,
        JSON.stringify(answers),
        this.#now,
      ]),
    )
    for (const [id, { startN, lastN }] of touched) await this.#prune(id, startN, lastN)
    return true
  }

  async #prune(id: string, startN: number, lastN: number): Promise<void> {
    const step = Math.min(PRUNE_STEP, this.#limits.maxOutboxAnswers)
    if (Math.floor(startN / step) === Math.floor(lastN / step)) return
    const lastSurplus = Math.max(0, lastN - this.#limits.maxOutboxAnswers)
    await runDeleteAnswers(this.#transaction, { id, lastN: lastSurplus })
  }

  #stateOf(id: string, sessionId: string): OutboxState {
    const state = this.#states.get(id) ?? stateOf(sessionId, { lastN: 0, lastKey: null })
    this.#states.set(id, state)
    return state
  }
}

function stateOf(sessionId: string, { lastN, lastKey }: OutboxEnd): OutboxState {
  return { sessionId, lastN, lastKey, startN: lastN, isTouched: false }
}

function dated(answers: readonly KeptAnswer[], at: number): DatedAnswer[] {
  return answers.map((answer) => ({ answer, at }))
}
