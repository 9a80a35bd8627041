import { describe, it } from 'vitest'
import { isOnPostgres } from './testDatabase.js'

/**
 * For tests of SQLite itself: of its file, its thread, its locks, its statements or its parts. They
 * are skipped where the tests run on PostgreSQL. A test of what a server does runs on both.
 */
export const itSqlite = it.skipIf(isOnPostgres)

/** The same for a group of tests. */
export const describeSqlite = describe.skipIf(isOnPostgres)
