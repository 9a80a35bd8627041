import type { ControlledTransaction } from 'kysely'
import { isCommandError } from '../../shared/commandError.js'
import type { LoneTransaction, Outcome, StoreWriter } from '../runGroup.js'
import { Batch } from './batch.js'
import type { BatchDeps } from './batch.js'
import type { Database } from './openDatabase.js'
import type { Schema } from './schema.js'
import { needsOf, runWrite } from './writes.js'
import type { Write } from './writes.js'

/** Creates the writer of a database. */
export function createSqliteWriter(database: Database, deps: BatchDeps): StoreWriter {
  return {
    async commit(group) {
      const transaction = await database.startTransaction().execute()
      let batch: Batch | undefined
      try {
        batch = await Batch.open(transaction, group.map(needsOf), deps)
        const outcomes = await runGroup(batch, group)
        await transaction.commit().execute()
        return outcomes
      } catch (error) {
        batch?.undone()
        await rollBack(transaction)
        throw error
      }
    },
    begin: () => begin(database, deps),
  }
}

async function runGroup(batch: Batch, group: readonly Write[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const end = performance.now() + batch.deps.limits.commitGroupMs
  for (const write of group) {
    outcomes.push(await attempt(batch, write))
    if (performance.now() >= end) break
  }
  await batch.flush()
  return outcomes
}

async function attempt(batch: Batch, write: Write): Promise<Outcome> {
  try {
    return { value: await runWrite(batch, write) }
  } catch (error) {
    if (!isCommandError(error)) throw error
    return { error }
  }
}

async function begin(database: Database, deps: BatchDeps): Promise<LoneTransaction> {
  const transaction = await database.startTransaction().execute()
  const batches: Batch[] = []
  return {
    database: transaction,
    async run(write) {
      const batch = await Batch.open(transaction, [needsOf(write)], deps)
      batches.push(batch)
      const result = await runWrite(batch, write)
      await batch.flush()
      return result
    },
    async commit() {
      await transaction.commit().execute()
    },
    rollBack() {
      for (const batch of batches) batch.undone()
      return rollBack(transaction)
    },
  }
}

/** Rolls back; ignores the error if SQLite has already rolled back by itself. */
async function rollBack(transaction: ControlledTransaction<Schema>): Promise<void> {
  try {
    await transaction.rollback().execute()
  } catch {
    // The caller reports the original error.
  }
}
