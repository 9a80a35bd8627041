import { rm, copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Sqlite } from '../../input/support/modules.js'

/** Copies the database of a running server. */
export function backUp(directory: string): void {
  const database = new Sqlite(join(directory, 'yektayar.db'))
  database.exec(`VACUUM INTO '${join(directory, 'copy.db')}'`)
  database.close()
}

/** Replaces the database with the copy. No server may be running. */
export async function restore(directory: string): Promise<void> {
  const path = join(directory, 'yektayar.db')
  for (const rest of ['-wal', '-shm']) await rm(path + rest, { force: true })
  await copyFile(join(directory, 'copy.db'), path)
}
