import type { RoomMessage } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { CommandError, isCommandError } from '../shared/commandError.js'
import { isObserved, publish } from '../shared/diagnostics.js'
import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import { nextTurn } from '../shared/nextTurn.js'
import { collectAppended } from './appendedMessages.js'
import { forApps } from './refuseOwnTables.js'
import type { Database } from './sqlite/openDatabase.js'
import type { Write, WriteInput, WriteName, WriteResult } from './sqlite/writes.js'
import type { OpenTransaction } from './store.js'
import { isStoreFailure } from './storeFailure.js'
import { StoreValueError } from './storeValueError.js'

/** `retryAfterMs` when too many writes are queued. */
const BUSY_RETRY_MS = 250

/** How often an app's work runs that other transactions are in the way of. */
const MAX_TRIES = 3

/** The outcome of one write of a group. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** An open transaction. */
export interface LoneTransaction {
  readonly database: Database
  run(this: void, write: Write): Promise<unknown>
  commit(this: void): Promise<void>
  /** Never rejects. */
  rollBack(this: void): Promise<void>
}

/** Writes to the store, one transaction at a time. */
export interface StoreWriter {
  /** Commits all writes together, or only the first ones that fit into `commitGroupMs`. */
  commit(this: void, group: readonly Write[]): Promise<readonly Outcome[]>
  begin(this: void): Promise<LoneTransaction>
  /** Whether another transaction was in the way, so that the same work may succeed if it runs again. */
  isConflict?(this: void, error: unknown): boolean
}

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

interface Job {
  readonly write: Write | undefined
  readonly work: ((transaction: OpenTransaction) => Promise<unknown>) | undefined
  readonly isAlone: boolean
  resolve(value: unknown): void
  reject(error: unknown): void
}

/** Creates a write queue. */
export function createWriteQueue(deps: WriteQueueDeps): WriteQueue {
  const { onAppended, limits, storeName = 'The store', log } = deps
  const waiting: Job[] = []
  let isRunning = false
  let inTransaction = 0

  async function drain(): Promise<void> {
    await nextTurn()
    while (waiting.length > 0) {
      await commit(takeGroup())
      await nextTurn() // so that writes that arrived since then share the next transaction
    }
    isRunning = false
  }

  function takeGroup(): Job[] {
    const end = waiting.findIndex(({ isAlone }) => isAlone)
    const count = end === -1 ? waiting.length : Math.max(end, 1)
    return waiting.splice(0, Math.min(count, limits.maxCommitGroup))
  }

  async function commit(group: readonly Job[]): Promise<void> {
    const messages: RoomMessage[] = []
    let outcomes: readonly Outcome[]
    inTransaction = group.length
    try {
      outcomes = await runReported(deps, group, messages)
    } catch (cause) {
      inTransaction = 0
      await giveUp(group, cause)
      return
    }
    inTransaction = 0
    // From here on it has happened: whatever fails below, no job may run again or be rejected.
    try {
      if (messages.length > 0) onAppended(messages)
    } catch (error) {
      log.error({ err: error }, 'could not send committed messages to their rooms')
    }
    for (const [index, outcome] of outcomes.entries()) settle(group[index], outcome)
    waiting.unshift(...group.slice(outcomes.length))
  }

  /** Handles a group of which nothing was committed. */
  async function giveUp(group: readonly Job[], cause: unknown): Promise<void> {
    // If the store has not failed, one job has; each runs alone so that the others can succeed.
    if (group.length > 1 && !isStoreFailure(cause)) {
      for (const job of group) {
        await commit([job])
        await nextTurn()
      }
      return
    }
    const isOwn = isCommandError(cause) || (group[0]?.work && !isStoreFailure(cause))
    const error = isOwn ? cause : failureOf(cause, storeName)
    for (const job of group) job.reject(error)
  }

  function enqueue<Result>(job: Pick<Job, 'write' | 'work' | 'isAlone'>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (waiting.length >= limits.maxPendingCommits) {
        reject(behind())
        return
      }
      waiting.push({ ...job, resolve, reject }) // resolves with its own result
      if (isRunning) return
      isRunning = true
      void drain()
    })
  }

  return {
    get pending() {
      return waiting.length + inTransaction
    },
    run: (name, input) => enqueue({ write: { name, input }, work: undefined, isAlone: false }),
    runAlone: (name, input) => enqueue({ write: { name, input }, work: undefined, isAlone: true }),
    transact: (work) => enqueue({ write: undefined, work, isAlone: true }),
  }
}

/**
 * Runs a transaction, counts it once it has ended, and tells those who listen.
 *
 * @param messages gets those that it appends, which count once this resolves
 */
async function runReported(
  { writer, epoch, metrics }: WriteQueueDeps,
  group: readonly Job[],
  messages: RoomMessage[],
): Promise<readonly Outcome[]> {
  const startedAt = performance.now()
  const report = (isCommitted: boolean): void => {
    metrics.committed(isCommitted, startedAt)
    if (!isObserved('commit')) return
    const appended = isCommitted ? messages.length : 0
    publish('commit', startedAt, { writes: group.length, messages: appended, isCommitted })
  }
  try {
    const outcomes = await runTogether(writer, group, (write, result) => {
      collectAppended(messages, write, result, epoch)
    })
    report(true)
    return outcomes
  } catch (error) {
    report(false)
    throw error
  }
}

/** @param onRun told of each write and its result, which counts once this resolves */
async function runTogether(
  writer: StoreWriter,
  group: readonly Job[],
  onRun: (write: Write, result: unknown) => void,
): Promise<readonly Outcome[]> {
  const [first] = group
  if (first?.work) return [{ value: await runUntilFree(writer, first.work, onRun) }]
  const writes = group.flatMap(({ write }) => write ?? [])
  const outcomes = await writer.commit(writes)
  for (const [index, outcome] of outcomes.entries()) {
    const write = writes[index]
    if (write && 'value' in outcome) onRun(write, outcome.value)
  }
  return outcomes
}

/** Runs work again as long as another transaction was in the way. */
async function runUntilFree(
  writer: StoreWriter,
  work: NonNullable<Job['work']>,
  onRun: (write: Write, result: unknown) => void,
): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const done: [Write, unknown][] = []
    try {
      const value = await runWork(writer, work, (...one) => done.push(one))
      for (const one of done) onRun(...one)
      return value
    } catch (error) {
      if (writer.isConflict?.(error) !== true) throw error
      if (attempt === MAX_TRIES) throw failureOf(error, 'The store')
    }
  }
}

async function runWork(
  writer: StoreWriter,
  work: NonNullable<Job['work']>,
  onRun: (write: Write, result: unknown) => void,
): Promise<unknown> {
  const transaction = await writer.begin()
  const run = async <Name extends WriteName>(
    name: Name,
    input: WriteInput<Name>,
  ): Promise<WriteResult<Name>> => {
    const write = { name, input }
    const result = await transaction.run(write)
    onRun(write, result)
    return result as WriteResult<Name> // the write of this name returned it
  }
  try {
    const value = await work({
      database: forApps(transaction.database),
      admit: (session) => run('admit', session),
      append: (append, session) => run('append', { append, session }),
      deliver: (delivery) => run('deliver', delivery),
      tell: (event) => run('tellEvent', event),
    })
    await transaction.commit()
    return value
  } catch (error) {
    await transaction.rollBack()
    throw error
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

function failureOf(cause: unknown, storeName: string): CommandError {
  if (cause instanceof StoreValueError) return new CommandError('invalid_input', cause.message)
  return new CommandError('store_unavailable', `${storeName} cannot be reached`, {
    hint: 'Try again in a moment',
    cause,
  })
}
