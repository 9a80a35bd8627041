import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** From now on a process can make no file longer or other than it is, as on a disk that is full. */
export async function fillDisk(pid: number | undefined): Promise<void> {
  await run('prlimit', ['--pid', String(pid), '--fsize=0:'])
}

/** There is space again. */
export async function emptyDisk(pid: number | undefined): Promise<void> {
  await run('prlimit', ['--pid', String(pid), '--fsize=unlimited:'])
}
