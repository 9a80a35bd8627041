import type { RoomMessage } from '@yektayar/protocol'
import { CommandError } from '../shared/commandError.js'
import { isObserved, publish } from '../shared/diagnostics.js'
import { isA } from '../shared/isA.js'
import type { Metrics } from '../shared/metrics.js'
import { collectAppended } from './appendedMessages.js'
import { forApps } from './refuseOwnTables.js'
import type { Database } from './sqlite/openDatabase.js'
import type { Write, WriteInput, WriteName, WriteResult } from './sqlite/writes.js'
import type { OpenTransaction } from './store.js'
import { StoreValueError } from './storeValueError.js'

/** How often an app's work runs at most, if it conflicts with other transactions. */
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
  /** How many of the writes that wait share the next transaction. @default all */
  groupSize?(this: void, waiting: number): number
  /** Whether another transaction was in the way, so that the same work may succeed if it runs again. */
  isConflict?(this: void, error: unknown): boolean
}

/** One write of a group, or an app's work, which is alone in its group. */
export interface GroupJob {
  readonly write: Write | undefined
  readonly work: ((transaction: OpenTransaction) => Promise<unknown>) | undefined
}

/** What a group needs. */
export interface GroupDeps {
  writer: StoreWriter
  /** The epoch of the store, which is part of each message's position. */
  epoch: string
  metrics: Pick<Metrics, 'committed'>
}

/**
 * Runs a transaction, counts it once it has ended, and tells those who listen.
 *
 * @param messages gets those that it appends, which count once this resolves
 */
export async function runGroup(
  { writer, epoch, metrics }: GroupDeps,
  group: readonly GroupJob[],
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
  group: readonly GroupJob[],
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
  work: NonNullable<GroupJob['work']>,
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
  work: NonNullable<GroupJob['work']>,
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

/** The error for a transaction that has failed. */
export function failureOf(cause: unknown, storeName: string): CommandError {
  if (isA(cause, StoreValueError)) return new CommandError('invalid_input', cause.message)
  return new CommandError('store_unavailable', `${storeName} cannot be reached`, {
    hint: 'Try again in a moment',
    cause,
  })
}
