import { installedTool } from './installedTool.mjs'

/** Resolves with the command of a Redis server that starts; `undefined` where none can be installed. */
export function redis() {
  return installedTool({
    command: 'redis-server',
    variable: 'REDIS_PATH',
    versionArgument: '--version',
    debian: 'redis-server',
  })
}
