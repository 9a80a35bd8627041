import type { RoomMessage } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { CommandError, isCommandError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { nextTurn } from '../shared/nextTurn.js'
import { failureOf, runGroup } from './runGroup.js'
import type { GroupJob, Outcome, StoreWriter } from './runGroup.js'
import type { WriteInput, WriteName, WriteResult } from './sqlite/writes.js'
import type { OpenTransaction } from './store.js'
import { isStoreFailure } from './storeFailure.js'

/** `retryAfterMs` when too many writes are queued. */
const BUSY_RETRY_MS = 250

/** What a write queue needs. */
export interface WriteQueueDeps {
  writer: StoreWriter
  /** The epoch of the store, which is part of each message's position. */
  epoch: string
  /** Called with committed messages, in the order of each room. */
  onAppended(this: void, messages: readonly RoomMessage[]): void
  metrics: Pick<Metrics, 'committed'>
  limits: Limits
  /** The subject of the error when a transaction fails. @default 'The store' */
  storeName?: string
  log: FastifyBaseLogger
}

/** A group commit: all writes that arrive in one turn of the event loop share a transaction. */
export interface WriteQueue {
  /** How many wait for the end of their transaction. */
  readonly pending: number
  /**
   * Runs a write, and resolves once it is committed.
   *
   * @throws {CommandError} what the write throws; `rate_limited` when too many writes are queued;
   * `store_unavailable`
   */
  run<Name extends WriteName>(name: Name, input: WriteInput<Name>): Promise<WriteResult<Name>>
  /** The same in a separate transaction. */
  runAlone<Name extends WriteName>(name: Name, input: WriteInput<Name>): Promise<WriteResult<Name>>
  /** Runs work in a separate transaction: commits if it resolves, rolls back if it rejects. */
  transact<Result>(work: (transaction: OpenTransaction) => Promise<Result>): Promise<Result>
}

interface Job extends GroupJob {
  readonly isAlone: boolean
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** A group whose transaction runs. */
interface Running {
  readonly group: readonly Job[]
  readonly messages: RoomMessage[]
  /** Never rejects. */
  readonly result: Promise<{ outcomes: readonly Outcome[] } | { cause: unknown }>
}

/** Creates a write queue. */
export function createWriteQueue(deps: WriteQueueDeps): WriteQueue {
  return new GroupCommit(deps)
}

class GroupCommit implements WriteQueue {
  readonly #deps: WriteQueueDeps
  readonly #waiting: Job[] = []
  #isRunning = false
  #inTransaction = 0

  constructor(deps: WriteQueueDeps) {
    this.#deps = deps
  }

  get pending(): number {
    return this.#waiting.length + this.#inTransaction
  }

  run<Name extends WriteName>(name: Name, input: WriteInput<Name>): Promise<WriteResult<Name>> {
    return this.#enqueue({ write: { name, input }, work: undefined, isAlone: false })
  }

  runAlone<Name extends WriteName>(
    name: Name,
    input: WriteInput<Name>,
  ): Promise<WriteResult<Name>> {
    return this.#enqueue({ write: { name, input }, work: undefined, isAlone: true })
  }

  transact<Result>(work: (transaction: OpenTransaction) => Promise<Result>): Promise<Result> {
    return this.#enqueue({ write: undefined, work, isAlone: true })
  }

  #enqueue<Result>(job: Pick<Job, 'write' | 'work' | 'isAlone'>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length >= this.#deps.limits.maxPendingCommits) {
        reject(behind())
        return
      }
      this.#waiting.push({ ...job, resolve, reject }) // resolves with its own result
      if (this.#isRunning) return
      this.#isRunning = true
      void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    await nextTurn()
    let running = this.#start(this.#takeGroup())
    for (;;) {
      const next = await this.#end(running)
      if (!next) await nextTurn() // so that writes that arrived since then share the next transaction
      if (!next && this.#waiting.length === 0) break
      running = next ?? this.#start(this.#takeGroup())
    }
    this.#isRunning = false
  }

  #takeGroup(): Job[] {
    const { writer, limits } = this.#deps
    const end = this.#waiting.findIndex(({ isAlone }) => isAlone)
    const count = end === -1 ? this.#waiting.length : Math.max(end, 1)
    const atOnce = writer.groupSize?.(count) ?? count
    return this.#waiting.splice(0, Math.min(atOnce, limits.maxCommitGroup))
  }

  #start(group: readonly Job[]): Running {
    const messages: RoomMessage[] = []
    this.#inTransaction += group.length
    const result = runGroup(this.#deps, group, messages).then(
      (outcomes) => ({ outcomes }),
      (cause: unknown) => ({ cause }),
    )
    return { group, messages, result }
  }

  /** Handles the end of a transaction. Returns the next one, if that has been started. */
  async #end(running: Running): Promise<Running | undefined> {
    const { group } = running
    const result = await running.result
    this.#inTransaction -= group.length
    if ('cause' in result) {
      await this.#giveUp(group, result.cause)
      return undefined
    }
    this.#waiting.unshift(...group.slice(result.outcomes.length))
    // Where the writer wants it, the next transaction runs while the callers of this one go on.
    const isNext = this.#deps.writer.groupSize !== undefined && this.#waiting[0]?.isAlone === false
    const next = isNext ? this.#start(this.#takeGroup()) : undefined
    if (next) await nextTurn()
    this.#finish(running, result.outcomes)
    return next
  }

  /** Handles a committed group: whatever fails here, no job may run again or be rejected. */
  #finish({ group, messages }: Running, outcomes: readonly Outcome[]): void {
    const { onAppended, log } = this.#deps
    try {
      if (messages.length > 0) onAppended(messages)
    } catch (error) {
      log.error({ err: error }, 'could not send committed messages to their rooms')
    }
    for (const [index, outcome] of outcomes.entries()) settle(group[index], outcome)
  }

  /** Handles a group of which nothing was committed. */
  async #giveUp(group: readonly Job[], cause: unknown): Promise<void> {
    // If the store has not failed, one job has; each runs alone so that the others can succeed.
    if (group.length > 1 && !isStoreFailure(cause)) {
      for (const job of group) {
        await this.#runAlone(job)
        await nextTurn()
      }
      return
    }
    const isOwn = isCommandError(cause) || (group[0]?.work && !isStoreFailure(cause))
    const error = isOwn ? cause : failureOf(cause, this.#deps.storeName ?? 'The store')
    for (const job of group) job.reject(error)
  }

  async #runAlone(job: Job): Promise<void> {
    const running = this.#start([job])
    const result = await running.result
    this.#inTransaction--
    if ('cause' in result) await this.#giveUp([job], result.cause)
    else this.#finish(running, result.outcomes)
  }
}

function settle(job: Job | undefined, outcome: Outcome): void {
  if ('error' in outcome) job?.reject(outcome.error)
  else job?.resolve(outcome.value)
}

function behind(): CommandError {
  return new CommandError('rate_limited', 'Too many writes are queued', {
    data: { retryAfterMs: BUSY_RETRY_MS },
  })
}
