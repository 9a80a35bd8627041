import { fingerprint } from './fingerprint.mjs'
import { pnpm } from './pnpm.mjs'
import { step } from './progress.mjs'
import { isStamped, stamp } from './stamp.mjs'
import { buildableFolders } from './workspaces.mjs'

const filters = ['./packages/*', './apps/*', '!./packages/backend'].map(
  (path) => `--filter=${path}`,
)

/** Builds all packages and the demo in dependency order, unless sources and outputs are unchanged. */
export async function build({ force = false } = {}) {
  if (!force && isStamped('build', buildState())) return

  await step('build packages and demo', async () => {
    await pnpm([...filters, 'run', 'build'])
    await pnpm(['--filter=./packages/backend', 'run', 'compile']) // its `build` would run all of this again
  })
  stamp('build', buildState())
}

/** What tests, type checks and packing read or leave behind in a package. */
const isNoSource = /\/(node_modules|test|docs|coverage|\.cache|[^/]*\.tsbuildinfo)$/

// Includes the outputs: after `npm run dev` or a deletion they may not match the sources.
function buildState() {
  const folders = buildableFolders()
  const outputs = folders.flatMap((folder) => [`${folder}/dist`, `${folder}/demo`])
  const sources = fingerprint(
    ['tsconfig.base.json', 'pnpm-lock.yaml', ...folders],
    (path) => outputs.includes(path) || isNoSource.test(path),
  )
  return `${sources} ${fingerprint(outputs)}`
}
