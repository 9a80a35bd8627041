import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { CommandError, run } from './run.mjs'

/** Resolves with the command of a promtool that starts; `undefined` where none can be installed. */
export async function promtool() {
  const given = process.env['PROMTOOL_PATH']
  if (given && !starts(given)) {
    throw new Error(`PROMTOOL_PATH is ${given}, but no promtool starts from there.`)
  }
  return given || find() || (await installWithApt())
}

function find() {
  return starts('promtool') ? 'promtool' : undefined
}

/** Debian has it in the package of the server, which must not be started for it. */
async function installWithApt() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  try {
    await run('apt-get', ['update'], { env })
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'prometheus'], { env })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
  }
  return find()
}

function starts(command) {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore', timeout: 20_000 })
    return true
  } catch {
    return false
  }
}
