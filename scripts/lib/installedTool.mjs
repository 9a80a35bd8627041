import { execFileSync } from 'node:child_process'
import { installWithApt } from './apt.mjs'

/**
 * Resolves with a command that starts, and installs it by apt if need be; `undefined` where it cannot
 * be installed. Debian's package may bring a service, which is not started.
 *
 * @param tool its name, the variable that may name another one, the argument that shows its version,
 * and its package in Debian
 */
export async function installedTool({ command, variable, versionArgument, debian }) {
  const starts = (path) => {
    try {
      execFileSync(path, [versionArgument], { stdio: 'ignore', timeout: 20_000 })
      return true
    } catch {
      return false
    }
  }
  const given = process.env[variable]
  if (given && !starts(given)) {
    throw new Error(`${variable} is ${given}, but no ${command} starts from there.`)
  }
  if (given) return given
  if (!starts(command)) await installWithApt(debian)
  return starts(command) ? command : undefined
}
