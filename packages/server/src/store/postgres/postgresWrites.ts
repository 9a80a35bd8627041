import type { MaybePromise } from '../../shared/maybePromise.js'
import type { WriteInput, WriteName, WriteResult } from '../sqlite/writes.js'
import type { PostgresBatch } from './postgresBatch.js'

/**
 * All writes by name. A `CommandError` fails only its own write; it must be thrown before that write
 * changes anything.
 */
export type PostgresWrites = {
  readonly [Name in WriteName]: (
    this: void,
    batch: PostgresBatch,
    input: WriteInput<Name>,
  ) => MaybePromise<WriteResult<Name>>
}
