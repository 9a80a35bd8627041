import { installedTool } from './installedTool.mjs'

/** Resolves with the command of an nginx that starts; `undefined` where none can be installed. */
export function nginx() {
  return installedTool({
    command: 'nginx',
    variable: 'NGINX_PATH',
    versionArgument: '-v',
    debian: 'nginx',
  })
}
