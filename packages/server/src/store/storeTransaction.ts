import type { Kysely } from 'kysely'
import type { Schema } from './sqlite/schema.js'

/** A transaction in the store, for an app's own tables: `transaction.withTables<{ … }>()`. */
export type StoreTransaction = Pick<Kysely<Schema>, 'withTables'>
