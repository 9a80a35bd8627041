import { lchownSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A user of the operating system. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

/** Allows everyone to read a file, or to enter a folder. */
const READ_BY_ALL = 0o004
const ENTER_BY_ALL = 0o001

/** As whom to run the server, which refuses to run as root; `undefined` for this process's own user. */
export function serverUser(): ServerUser | undefined {
  if (process.geteuid?.() !== 0) return undefined
  const nobody = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))
  if (!nobody) {
    throw new Error('PostgreSQL refuses to run as root, and this machine has no user `nobody`.')
  }
  return { uid: Number(nobody[1]), gid: Number(nobody[2]) }
}

/** Whether a user that owns nothing can read a file. */
export function isReadableByAll(path: string): boolean {
  const real = realpathSync(path)
  if ((statSync(real).mode & READ_BY_ALL) === 0) return false
  for (let folder = dirname(real); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & ENTER_BY_ALL) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

/** Gives a folder, and everything in it, to a user. */
export function giveFolder(folder: string, { uid, gid }: ServerUser): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) giveFolder(path, { uid, gid })
    else lchownSync(path, uid, gid)
  }
  lchownSync(folder, uid, gid)
}
