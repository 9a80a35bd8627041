import type { Kysely } from 'kysely'

/**
 * The store, for tables of an app's own: Kysely over `Tables`, as the option `tables` declares them. The
 * tables of this package are refused by name (`UsageError` with `reserved_table`).
 */
export type AppDatabase<Tables = object> = Kysely<Tables>
