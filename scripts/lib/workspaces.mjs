import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'

/** The folders of the packages and apps, relative to the root, for which a build creates outputs. */
export function buildableFolders() {
  return ['packages', 'apps']
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort()
}

/** The folders of all workspaces, relative to the root, into which an install puts dependencies. */
export function workspaceFolders() {
  return [...buildableFolders(), 'tests', 'benchmarks']
}
