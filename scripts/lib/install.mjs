import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fingerprint } from './fingerprint.mjs'
import { pnpm } from './pnpm.mjs'
import { step } from './progress.mjs'
import { root } from './root.mjs'
import { isStamped, stamp } from './stamp.mjs'
import { workspaceFolders } from './workspaces.mjs'

/** Installs the dependencies from the lockfile, unless they are installed already. */
export async function install() {
  const state = installState()
  if (isStamped('install', state) && isComplete()) return

  await step('install dependencies', () =>
    // Without this option and a terminal, pnpm refuses to replace node_modules of another pnpm.
    pnpm(['install', '--frozen-lockfile', '--config.confirmModulesPurge=false']),
  )
  stamp('install', state)
}

function installState() {
  const manifests = workspaceFolders().map((folder) => `${folder}/package.json`)
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]
  return [process.version, process.platform, process.arch, fingerprint(files)].join(' ')
}

function isComplete() {
  return workspaceFolders().every((folder) => existsSync(join(root, folder, 'node_modules')))
}
