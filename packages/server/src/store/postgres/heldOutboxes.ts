import { MAX_DELIVERY_ITEMS } from '@yektayar/protocol'
import { refusals } from '@yektayar/protocol/rules'
import type { OutboxEnd } from '@yektayar/protocol/rules'
import { commandErrorOf } from '../../shared/commandError.js'
import type { Limits } from '../../shared/limits.js'
import type { DatedAnswer, KeptAnswer } from '../delivery.js'
import type { Query } from './query.js'

/** Old answers are removed each time that an outbox has advanced by this many items, or fewer. */
const PRUNE_STEP = 256

/** A row of an outbox, as it was locked. */
export type HeldOutboxRow = readonly [
  id: string,
  sessionId: string,
  lastN: number,
  lastKey: string | null,
  isNew: boolean | null,
]

interface HeldOutbox {
  readonly sessionId: string
  readonly isNew: boolean
  readonly startN: number
  lastN: number
  lastKey: string | null
  isTouched: boolean
}

/** What a transaction writes to outboxes. */
export interface OutboxRows {
  readonly ends: { ids: string[]; lastNs: number[]; lastKeys: (string | null)[] }
  readonly answers: { outboxes: string[]; lastNs: number[]; json: string[] }
  /** Outboxes that were created for nothing. */
  readonly unused: string[]
}

/** The outboxes that a transaction has locked: their state, and what has to be written. */
export class HeldOutboxes {
  readonly #query: Query
  readonly #now: number
  readonly #limits: Limits
  readonly #held: ReadonlyMap<string, HeldOutbox>
  readonly #rows: { readonly outboxId: string; readonly answers: readonly KeptAnswer[] }[] = []

  constructor(rows: readonly HeldOutboxRow[], now: number, limits: Limits, query: Query) {
    this.#query = query
    this.#now = now
    this.#limits = limits
    this.#held = new Map(
      rows.map(([id, sessionId, lastN, lastKey, isNew]) => [
        id,
        { sessionId, startN: lastN, lastN, lastKey, isNew: isNew === true, isTouched: false },
      ]),
    )
  }

  /** @throws {CommandError} `forbidden` for the outbox of another session */
  end(id: string, sessionId: string): OutboxEnd {
    const held = this.#of(id)
    if (held.sessionId === sessionId) return { lastN: held.lastN, lastKey: held.lastKey }
    throw commandErrorOf(refusals.outboxOfOther)
  }

  /** Answers kept for a range of numbers, by number. */
  async kept(id: string, firstN: number, lastN: number): Promise<ReadonlyMap<number, DatedAnswer>> {
    const stored = await this.#query<StoredAnswers>(
      `select answers, array_to_json(seqs)::text as seqs, at from yektayar.outbox_answers
       where outbox_id = $1 and last_n >= $2 and last_n < $3 and at > $4`,
      // A row has the number of its last item.
      [id, firstN, lastN + MAX_DELIVERY_ITEMS, this.#tooOld()],
    )
    const answers = stored.flatMap((row) => dated(readAnswers(row), row.at))
    for (const row of this.#rows) {
      if (row.outboxId === id) answers.push(...dated(row.answers, this.#now))
    }
    return new Map(answers.map((one) => [one.answer.n, one]))
  }

  /** Records the answers of the next items. */
  record(id: string, _sessionId: string, answers: readonly KeptAnswer[]): void {
    const last = answers.at(-1)
    if (!last) return
    const held = this.#of(id)
    held.lastN = last.n
    held.lastKey = last.key
    held.isTouched = true
    this.#rows.push({ outboxId: id, answers })
  }

  rows(): OutboxRows {
    const ends: OutboxRows['ends'] = { ids: [], lastNs: [], lastKeys: [] }
    const unused: string[] = []
    for (const [id, { isTouched, isNew, lastN, lastKey }] of this.#held) {
      if (!isTouched) {
        if (isNew) unused.push(id)
        continue
      }
      ends.ids.push(id)
      ends.lastNs.push(lastN)
      ends.lastKeys.push(lastKey)
    }
    const answers: OutboxRows['answers'] = { outboxes: [], lastNs: [], json: [] }
    for (const row of this.#rows) {
      answers.outboxes.push(row.outboxId)
      answers.lastNs.push(row.answers.at(-1)?.n ?? 0)
      answers.json.push(JSON.stringify(row.answers))
    }
    return { ends, answers, unused }
  }

  /** Removes answers beyond the limit, of outboxes that have advanced by a step. */
  async prune(): Promise<void> {
    for (const [id, { startN, lastN }] of this.#held) {
      const lastSurplus = lastSurplusN(startN, lastN, this.#limits)
      if (lastSurplus === undefined) continue
      await this.#query(
        'delete from yektayar.outbox_answers where outbox_id = $1 and last_n <= $2',
        [id, lastSurplus],
      )
    }
  }

  #tooOld(): number {
    return Math.max(0, this.#now - this.#limits.outboxAnswerAgeMs)
  }

  #of(id: string): HeldOutbox {
    const held = this.#held.get(id)
    if (!held) throw new Error('An outbox was not locked')
    return held
  }
}

/** Answers as they are stored. */
interface StoredAnswers {
  /** JSON. */
  readonly answers: string
  /** JSON: the numbers of the messages of those answers that have none; `null` if there is no such answer. */
  readonly seqs: string | null
  readonly at: number
}

type KeyOnly = Pick<KeptAnswer, 'n' | 'key'>

function readAnswers({ answers, seqs }: StoredAnswers): KeptAnswer[] {
  const stored = JSON.parse(answers) as KeptAnswer[] // written by rows() or an AppendCall
  if (seqs === null) return stored
  const numbers = (JSON.parse(seqs) as number[]).values()
  return stored.map((answer) =>
    'ok' in answer || 'seq' in answer
      ? answer
      : { ...(answer as KeyOnly), seq: numbers.next().value ?? 0 },
  )
}

/**
 * Up to which number the answers of an outbox are beyond the limit; `undefined` while it has not
 * advanced by a step.
 */
export function lastSurplusN(
  startN: number,
  lastN: number,
  { maxOutboxAnswers }: Limits,
): number | undefined {
  const step = Math.min(PRUNE_STEP, maxOutboxAnswers)
  if (Math.floor(startN / step) === Math.floor(lastN / step)) return undefined
  return Math.max(0, lastN - maxOutboxAnswers)
}

function dated(answers: readonly KeptAnswer[], at: number): DatedAnswer[] {
  return answers.map((answer) => ({ answer, at }))
}
