import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'

/**
 * Makes `development` the environment of the server that a script starts, unless it is set, by `.env`
 * or otherwise: the server itself counts an unset one as production where that is the safe guess.
 * Only after builds, whose output depends on it.
 */
export function defaultToDevelopment() {
  const file = join(root, '.env')
  if (existsSync(file)) process.loadEnvFile(file)
  process.env.NODE_ENV ||= 'development'
}
