import { installedTool } from './installedTool.mjs'

/** Resolves with the command of a PgBouncer that starts; `undefined` where none can be installed. */
export function pgbouncer() {
  return installedTool({
    command: 'pgbouncer',
    variable: 'PGBOUNCER_PATH',
    versionArgument: '--version',
    debian: 'pgbouncer',
  })
}
