import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'

/** Throws a one-line error if Node is older than the root package allows. */
export function checkNode() {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const [neededMajor, neededMinor] = versionOf(engines.node)
  const [major, minor] = versionOf(process.version)
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return
  throw new Error(
    `YektaYar needs Node ${neededMajor}.${neededMinor} or newer; this is Node ${process.versions.node}. ` +
      'Get a current one from https://nodejs.org and run the command again.',
  )
}

function versionOf(text) {
  return /(\d+)\.(\d+)/.exec(text).slice(1).map(Number)
}
