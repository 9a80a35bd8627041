import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'

/**
 * Hashes the names and contents of files and folders, given relative to the root.
 * Missing ones add nothing, so that creating or deleting them changes the hash.
 */
export function fingerprint(paths, isIrrelevant = () => false) {
  const hash = createHash('sha256')
  for (const file of paths.flatMap((path) => filesUnder(path, isIrrelevant))) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function filesUnder(path, isIrrelevant) {
  if (isIrrelevant(path)) return []
  const stats = statSync(join(root, path), { throwIfNoEntry: false })
  if (stats === undefined) return []
  if (stats.isFile()) return [path]
  return readdirSync(join(root, path))
    .sort()
    .flatMap((name) => filesUnder(`${path}/${name}`, isIrrelevant))
}
