import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'

const NODE_ENV_LINE = /^[^\w#]*(?:export\s+)?NODE_ENV[^\S\n]*=[^\S\n]*["'`]?\w/m

/**
 * Sets NODE_ENV to `development` for the server that a script starts, unless it is set by `.env` or
 * otherwise. (For demo users, the server treats an unset NODE_ENV as production, to be safe.) Call it
 * after builds, since their output depends on NODE_ENV.
 */
export function defaultToDevelopment(folder = root) {
  if (!namesEnvironment(join(folder, '.env'))) process.env.NODE_ENV ||= 'development'
}

/** Whether the server, which reads the file itself, finds an environment in it. */
function namesEnvironment(file) {
  if (!existsSync(file)) return false
  // Any encoding: UTF-16 has a NUL beside each of these letters, and a byte order mark has no letter.
  return NODE_ENV_LINE.test(readFileSync(file, 'latin1').replaceAll('\0', ''))
}
