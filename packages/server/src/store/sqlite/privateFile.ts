import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

const OWNER_ONLY = 0o700
const OTHERS = 0o077

/** The files of SQLite next to a database; new ones get the mode of the database file. */
const SUFFIXES = ['', '-wal', '-shm']

/**
 * Creates a database file that only its owner can read, and its directory if it does not exist. For
 * an existing file of this user, access by others is removed.
 *
 * @param given a path, or a URI, for which no directory is created
 */
export function makePrivate(given: string): void {
  const path = given.startsWith('file:') ? pathOfUri(given) : given
  if (path === undefined) return
  if (path === given) mkdirSync(dirname(path), { recursive: true, mode: OWNER_ONLY })
  quietly(() => {
    // SQLite treats an empty file as a new database. An existing file must not be opened and closed
    // here: that would release the locks that this process has on it.
    closeSync(openSync(path, 'wx', 0o600))
  })
  for (const suffix of SUFFIXES) {
    quietly(() => {
      tighten(path + suffix)
    })
  }
}

/**
 * The path in a URI as SQLite reads it; `undefined` where SQLite does not create a file.
 *
 * @see https://www.sqlite.org/uri.html
 */
function pathOfUri(uri: string): string | undefined {
  const [, path = '', query = ''] =
    /^file:(?:\/\/(?:localhost)?(?=\/))?([^?#]*)\??([^#]*)/.exec(uri) ?? []
  const parameters = new URLSearchParams(query)
  const isFile = path !== '' && path !== ':memory:' && parameters.get('vfs') !== 'memdb'
  if (!isFile || (parameters.get('mode') ?? 'rwc') !== 'rwc') return undefined
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined // SQLite reads other escapes in its own way
  }
}

function tighten(path: string): void {
  const found = statSync(path)
  if (!found.isFile()) return // a folder or a device, such as /tmp or /dev/null, which is no database
  const { mode, uid } = found
  if ((mode & OTHERS) !== 0 && uid === process.getuid?.()) chmodSync(path, mode & OWNER_ONLY)
}

/** Ignores errors: some file systems have no modes, and SQLite reports what it cannot open. */
function quietly(work: () => void): void {
  try {
    work()
  } catch {
    // ignored, see above
  }
}
