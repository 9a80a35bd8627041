import { join } from 'node:path'
import { root } from './root.mjs'

/** The path of a command that the root package installs. */
export function bin(name) {
  const file = process.platform === 'win32' ? `${name}.cmd` : name
  return join(root, 'node_modules', '.bin', file)
}
