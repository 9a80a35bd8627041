import type { RoomMessage } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { RoomStore } from './sqlite/roomQueries.js'
import type { Moment } from './sqlite/sessionQueries.js'
import { CommandError, isCommandError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import { nextTurn } from '../shared/nextTurn.js'
import type { WriteTogether } from './sqlite/openDatabase.js'
import { isStoreFailure } from './storeFailure.js'
import { StoreValueError } from './storeValueError.js'
import type { StoreBounds } from '../store/storeBounds.js'
import { Batch } from './sqlite/batch.js'
import type { Needs } from './sqlite/batch.js'

/** When to come back after too much was waiting. */
const BUSY_RETRY_MS = 250

/** What has to be committed. */
interface CommitWork<Result> extends Needs {
  /** Whether it has a transaction of its own, since it may take its time or be taken back. */
  readonly isAlone?: boolean
  /** A `CommandError` is its own failure alone; it must come before anything is recorded. */
  run(batch: Batch): MaybePromise<Result>
}

/** What `createCommits` needs. */
export interface CommitsOptions {
  store: RoomStore
  moment: () => Moment
  /** Told of the messages once they are committed, each room's in order. */
  onAppended(this: void, messages: readonly RoomMessage[]): void
  limits: Limits
  bounds: StoreBounds
  /** What cannot be reached when a transaction fails. @default 'The store' */
  storeName?: string
  log: FastifyBaseLogger
}

/** Commits work in groups: all that arrived in one turn of the event loop shares a transaction. */
export interface Commits {
  /**
   * Resolves once the work is committed.
   *
   * @throws {CommandError} its own; `rate_limited` when too much waits; `store_unavailable`
   */
  run<Result>(work: CommitWork<Result>): Promise<Result>
  /** The same for a function that writes rows; what it refuses, it must refuse before it writes. */
  readonly write: WriteTogether
}

interface Job {
  readonly work: CommitWork<unknown>
  resolve(value: unknown): void
  reject(error: unknown): void
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** Creates the one place where a `once` command takes effect. */
export function createCommits(options: CommitsOptions): Commits {
  const { onAppended, limits, storeName = 'The store', log } = options
  const waiting: Job[] = []
  let isRunning = false

  async function drain(): Promise<void> {
    await nextTurn()
    while (waiting.length > 0) {
      await commit(takeGroup())
      await nextTurn() // so that what has arrived meanwhile shares the next transaction
    }
    isRunning = false
  }

  function takeGroup(): Job[] {
    const end = waiting.findIndex(({ work }) => work.isAlone)
    const count = end === -1 ? waiting.length : Math.max(end, 1)
    return waiting.splice(0, Math.min(count, limits.maxCommitGroup))
  }

  async function commit(group: readonly Job[]): Promise<void> {
    let committed: Awaited<ReturnType<typeof runTogether>>
    try {
      committed = await runTogether(options, group)
    } catch (cause) {
      await giveUp(group, cause)
      return
    }
    // From here on it has happened: whatever fails below, no job may run again or be rejected.
    try {
      if (committed.messages.length > 0) onAppended(committed.messages)
    } catch (error) {
      log.error({ err: error }, 'committed messages could not be sent to their rooms')
    }
    for (const [index, outcome] of committed.outcomes.entries()) settle(group[index], outcome)
    waiting.unshift(...group.slice(committed.outcomes.length))
  }

  /** Nothing of the group was committed. */
  async function giveUp(group: readonly Job[], cause: unknown): Promise<void> {
    // What is not the store's failure is one job's, and the others need not share it.
    if (group.length > 1 && !isStoreFailure(cause)) {
      for (const job of group) {
        await commit([job])
        await nextTurn()
      }
      return
    }
    const isOwn = isCommandError(cause) || (group[0]?.work.isAlone && !isStoreFailure(cause))
    const error = isOwn ? cause : failureOf(cause, storeName)
    for (const job of group) job.reject(error)
  }

  const run = <Result>(work: CommitWork<Result>): Promise<Result> =>
    new Promise<Result>((resolve, reject) => {
      if (waiting.length >= limits.maxPendingCommits) {
        reject(behind())
        return
      }
      waiting.push({ work, resolve: resolve, reject }) // with its own result
      if (isRunning) return
      isRunning = true
      void drain()
    })

  return { run, write: (change) => run({ run: ({ transaction }) => change(transaction) }) }
}

/** Runs a group in one transaction, or those of it that fit in `commitGroupMs`. */
async function runTogether(
  { store, moment, limits, bounds }: CommitsOptions,
  group: readonly Job[],
) {
  const { database, epoch } = store
  const transaction = await database.startTransaction().execute()
  try {
    const needs = group.map(({ work }) => work)
    const world = { epoch, moment: moment(), limits, bounds }
    const batch = await Batch.open(transaction, needs, world)
    const outcomes: Outcome[] = []
    const end = performance.now() + limits.commitGroupMs
    for (const { work } of group) {
      outcomes.push(await attempt(work, batch))
      if (performance.now() >= end) break
    }
    await batch.flush()
    await transaction.commit().execute()
    return { outcomes, messages: batch.rooms.messages }
  } catch (error) {
    await rollBack(transaction)
    throw error
  }
}

function settle(job: Job | undefined, outcome: Outcome): void {
  if ('error' in outcome) job?.reject(outcome.error)
  else job?.resolve(outcome.value)
}

async function attempt(work: CommitWork<unknown>, batch: Batch): Promise<Outcome> {
  try {
    return { value: await work.run(batch) }
  } catch (error) {
    if (work.isAlone || !isCommandError(error)) throw error
    return { error }
  }
}

/** A transaction that the store gave up by itself cannot be rolled back again. */
async function rollBack(transaction: { rollback(): { execute(): Promise<void> } }): Promise<void> {
  try {
    await transaction.rollback().execute()
  } catch {
    // The failure that led here is the one to tell.
  }
}

function behind(): CommandError {
  return new CommandError('rate_limited', 'The store is behind', {
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
