import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'

/** The folders of the packages and apps, relative to the root: what a build makes outputs for. */
export function buildableFolders() {
  return ['packages', 'apps']
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort()
}

/** The folders of all workspaces, relative to the root: what an install fills. */
export function workspaceFolders() {
  return [...buildableFolders(), 'tests', 'benchmarks']
}
