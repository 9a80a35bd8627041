import type { Kysely } from 'kysely'
import type { Schema } from './sqlite/schema.js'

/** A transaction in the store, for tables of an app's own: `transaction.withTables<{ … }>()`. */
export type StoreTransaction = Pick<Kysely<Schema>, 'withTables'>
