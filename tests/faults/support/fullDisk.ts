import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Prevents a process from growing or creating files, as a full disk does. */
export async function fillDisk(pid: number | undefined): Promise<void> {
  await run('prlimit', ['--pid', String(pid), '--fsize=0:'])
}

/** Removes the limit that `fillDisk` has set. */
export async function emptyDisk(pid: number | undefined): Promise<void> {
  await run('prlimit', ['--pid', String(pid), '--fsize=unlimited:'])
}
