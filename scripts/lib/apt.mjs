import { existsSync } from 'node:fs'
import { CommandError, run } from './run.mjs'

/** A package that brings a service does not start it. */
const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
let updated

/** Installs a package of Debian, where that is possible; the caller looks whether it is there. */
export async function installWithApt(name) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  try {
    await (updated ??= run('apt-get', ['update'], { env }))
    await run('apt-get', ['install', '-y', '--no-install-recommends', name], { env })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
  }
}
