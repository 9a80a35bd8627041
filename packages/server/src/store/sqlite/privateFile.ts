import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

const OWNER_ONLY = 0o700
const OTHERS = 0o077

/** What SQLite keeps beside a file; new ones get the mode of the file itself. */
const SUFFIXES = ['', '-wal', '-shm']

/**
 * Makes a database file that nobody but its owner can read, with its directory where that is missing.
 * A file that is there already is tightened where it is ours.
 */
export function makePrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: OWNER_ONLY })
  if (path.startsWith('file:')) return // an address, which SQLite reads by itself
  quietly(() => {
    // SQLite takes an empty file for a new database. One that is there is never opened and closed
    // here: that would end the locks that this process has on it.
    closeSync(openSync(path, 'wx', 0o600))
  })
  for (const suffix of SUFFIXES) {
    quietly(() => {
      tighten(path + suffix)
    })
  }
}

function tighten(path: string): void {
  const { mode, uid } = statSync(path)
  if ((mode & OTHERS) !== 0 && uid === process.getuid?.()) chmodSync(path, mode & OWNER_ONLY)
}

/** Some file systems know no modes; what SQLite cannot open it says itself. */
function quietly(work: () => void): void {
  try {
    work()
  } catch {
    // See above.
  }
}
