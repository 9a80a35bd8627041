import { MAX_DELIVERY_ITEMS } from '@yektayar/protocol'
import type { OutboxAnswer } from '@yektayar/protocol'
import { CommandError } from '../commandError.js'
import type { Limits } from '../limits.js'
import { prepareInsertion } from '../store/insertRows.js'
import { isOneOf } from '../store/isOneOf.js'
import type { Database } from '../store/openDatabase.js'

/** Old answers are looked for each time that an outbox has come this much further, at the least. */
const PRUNE_STEP = 256

const replaceOutboxes = prepareInsertion({
  table: 'outboxes',
  columns: ['id', 'session_id', 'last_n', 'used_at'],
  replace: { key: 'id', columns: ['last_n', 'used_at'] },
})

const insertAnswers = prepareInsertion({
  table: 'outbox_answers',
  columns: ['outbox_id', 'last_n', 'answers', 'at'],
})

/** An answer, and the key of the item that it answers. */
export type KeptAnswer = OutboxAnswer & { readonly key: string }

/** How far an outbox has come. */
interface OutboxState {
  readonly sessionId: string
  lastN: number
  isTouched: boolean
  /** How far it had come before this transaction. */
  readonly startN: number
  /** What this transaction has answered. */
  readonly fresh: KeptAnswer[]
}

/** One row to be written: the answers of one packet. */
interface AnswerRow {
  readonly outboxId: string
  readonly answers: readonly KeptAnswer[]
}

/** The outboxes that one transaction works with: what is known of them, and what it has to write. */
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
    const rows = await this.#transaction
      .selectFrom('outboxes')
      .select(['id', 'session_id', 'last_n'])
      .where(isOneOf('id', ids))
      .execute()
    for (const { id, session_id, last_n } of rows) this.#states.set(id, stateOf(session_id, last_n))
  }

  /**
   * The number of the last item that an outbox has brought.
   *
   * @throws {CommandError} `forbidden` for the outbox of another session
   */
  lastN(id: string, sessionId: string): number {
    const state = this.#stateOf(id, sessionId)
    if (state.sessionId === sessionId) return state.lastN
    throw new CommandError('forbidden', 'This outbox belongs to another session', {
      hint: 'Deliver under an outbox id of your own',
    })
  }

  /** Answers kept for a range of numbers, by number. */
  async kept(
    id: string,
    sessionId: string,
    firstN: number,
    lastN: number,
  ): Promise<ReadonlyMap<number, KeptAnswer>> {
    const rows = await this.#transaction
      .selectFrom('outbox_answers')
      .select('answers')
      .where('outbox_id', '=', id)
      .where('last_n', '>=', firstN)
      .where('last_n', '<', lastN + MAX_DELIVERY_ITEMS) // the last one of a packet names its row
      .where('at', '>', this.#now - this.#limits.outboxAnswerAgeMs)
      .execute()
    const stored = rows.flatMap(({ answers }) => JSON.parse(answers) as KeptAnswer[]) // written below
    const { fresh } = this.#stateOf(id, sessionId)
    return new Map([...stored, ...fresh].map((answer) => [answer.n, answer]))
  }

  /** Notes what became of the next items. */
  record(id: string, sessionId: string, answers: readonly KeptAnswer[]): void {
    const last = answers.at(-1)
    if (!last) return
    const state = this.#stateOf(id, sessionId)
    state.lastN = last.n
    state.isTouched = true
    state.fresh.push(...answers)
    this.#rows.push({ outboxId: id, answers })
  }

  /** Writes everything down. */
  async flush(): Promise<void> {
    const touched = [...this.#states].filter(([, { isTouched }]) => isTouched)
    if (touched.length === 0) return
    await replaceOutboxes(
      this.#transaction,
      touched.map(([id, { sessionId, lastN }]) => [id, sessionId, lastN, this.#now]),
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
  }

  async #prune(id: string, startN: number, lastN: number): Promise<void> {
    const step = Math.min(PRUNE_STEP, this.#limits.maxOutboxAnswers)
    if (Math.floor(startN / step) === Math.floor(lastN / step)) return
    await this.#transaction
      .deleteFrom('outbox_answers')
      .where('outbox_id', '=', id)
      .where('last_n', '<=', lastN - this.#limits.maxOutboxAnswers)
      .execute()
  }

  #stateOf(id: string, sessionId: string): OutboxState {
    const state = this.#states.get(id) ?? stateOf(sessionId, 0)
    this.#states.set(id, state)
    return state
  }
}

function stateOf(sessionId: string, lastN: number): OutboxState {
  return { sessionId, lastN, startN: lastN, isTouched: false, fresh: [] }
}
