import { hash } from 'node:crypto'
import type { OutboxAnswer, ServerErrorCode } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { isDebugging, itemLogOf } from '../commands/runningCommand.js'
import { toAnswerError } from '../shared/commandError.js'
import { isObserved, publish } from '../shared/diagnostics.js'
import type { Metrics } from '../shared/metrics.js'
import { limitIn } from '../shared/rateLimit.js'
import type { ItemOutcome } from '../store/delivery.js'
import type { OnceCaller } from './onceCommand.js'

/** Enough to tell the items of an outbox apart. */
const KEY_HASH_LENGTH = 16

/** What became of an item; `repeated` for one that was settled by an earlier delivery. */
type ItemResult = 'ok' | 'repeated' | ServerErrorCode

/** What is reported of an item. */
interface ReportedItem {
  readonly n: number
  /** By which the client, or its content, tells it from others. */
  readonly key: string
  /** Of the contract; `undefined` for what is no command. */
  readonly command: string | undefined
}

/** Counts, times and logs the items of one delivery, each under its own command. */
export class ItemReport {
  readonly #caller: OnceCaller
  readonly #metrics: Metrics
  readonly #startedAt = performance.now()

  constructor(caller: OnceCaller, metrics: Metrics) {
    this.#caller = caller
    this.#metrics = metrics
  }

  /** The log of one item, with its own command, its number and a hash of its key. */
  logOf({ n, key, command }: ReportedItem): FastifyBaseLogger {
    const keyHash = hash('sha256', key, 'base64url').slice(0, KEY_HASH_LENGTH)
    return itemLogOf(this.#caller, { command, n, keyHash })
  }

  /** An item was settled. */
  settled(item: ReportedItem, answer: OutboxAnswer, { kind }: ItemOutcome): void {
    if (kind === 'kept') this.ended(item, 'repeated')
    else if (answer.ok) this.ended(item, 'ok')
    else this.ended(item, answer.error.code, limitIn(answer.error))
  }

  /** An item could not be settled. */
  failed(item: ReportedItem, error: unknown): void {
    const answer = toAnswerError(error)
    this.ended(item, answer.code, limitIn(answer))
  }

  /** An item was settled, or could not be. */
  ended(item: ReportedItem, result: ItemResult, limit?: string): void {
    this.#metrics.answered(item.command, result, this.#startedAt)
    if (isObserved('command')) {
      const { connection, session, requestId = connection.id } = this.#caller
      publish('command', this.#startedAt, {
        ...{ command: item.command ?? 'unknown', outcome: result, requestId, n: item.n },
        ...{ socketId: connection.id, sessionId: session.id },
      })
    }
    const isSettled = result === 'ok' || result === 'repeated'
    if (isSettled && !isDebugging(this.#caller)) return
    const ms = performance.now() - this.#startedAt
    if (isSettled) this.logOf(item).debug({ ms, isRepeated: result === 'repeated' }, 'item settled')
    else this.logOf(item).info({ ms, code: result, limit }, 'item refused')
  }
}
