import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Sqlite } from './modules.js'

/** A database file, and a second connection to it that hides the sessions table and restores it. */
export async function breakableStore() {
  const directory = await mkdtemp(join(tmpdir(), 'yektayar-input-'))
  const path = join(directory, 'test.db')
  let second: InstanceType<typeof Sqlite> | undefined
  const execute = (sql: string): void => {
    if (!second) {
      second = new Sqlite(path)
      second.exec('PRAGMA busy_timeout = 5000') // the server writes in its own thread
    }
    second.exec(sql)
  }
  return {
    path,
    databaseUrl: `sqlite:${path}`,
    breakDown: () => {
      execute('ALTER TABLE sessions RENAME TO sessions_away')
    },
    comeBack: () => {
      execute('ALTER TABLE sessions_away RENAME TO sessions')
    },
    /** Takes the write lock. */
    lock: () => {
      execute('BEGIN IMMEDIATE')
    },
    unlock: () => {
      execute('ROLLBACK')
    },
    async [Symbol.asyncDispose]() {
      second?.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
