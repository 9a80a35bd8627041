import { installedTool } from './installedTool.mjs'

/** Resolves with the command of a promtool that starts; `undefined` where none can be installed. */
export function promtool() {
  return installedTool({
    command: 'promtool',
    variable: 'PROMTOOL_PATH',
    versionArgument: '--version',
    debian: 'prometheus',
  })
}
