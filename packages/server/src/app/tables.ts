import type { AppDatabase } from '../store/appDatabase.js'

/** What `tables()` returns: the type of an app's own tables, and how they are created. */
export class AppTables<Tables> {
  readonly create: (database: AppDatabase<Tables>) => unknown

  constructor(create: (database: AppDatabase<Tables>) => unknown) {
    this.create = create
  }
}

/**
 * Declares an app's own tables, by which `database` and `transaction` are typed:
 * `tables: tables<{ users: { id: string; name: string; isActive: boolean } }>(create)`. A column that is
 * declared `boolean` in `create table` is read as a boolean.
 *
 * @param create creates them, where they do not exist; runs at each start, before the server is ready, and a
 * failure ends the start. @default nothing
 */
export function tables<Tables extends object>(
  create: (database: AppDatabase<Tables>) => void | Promise<void> = () => undefined,
): AppTables<Tables> {
  return new AppTables(create)
}
