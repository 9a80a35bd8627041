import { join } from 'node:path'
import { bin } from './lib/bin.mjs'
import { defaultToDevelopment } from './lib/defaultToDevelopment.mjs'
import { main } from './lib/main.mjs'
import { root } from './lib/root.mjs'
import { runTogether } from './lib/runTogether.mjs'
import { setUp } from './lib/setUp.mjs'
import { stopWithNpm } from './lib/stopWithNpm.mjs'

const isBackendOnly = process.argv.includes('--backend')
const watchedPackages = isBackendOnly
  ? ['protocol', 'server']
  : ['protocol', 'server', 'client-sdk', 'vue']

await main(async () => {
  stopWithNpm()
  await setUp()
  defaultToDevelopment()
  process.exitCode = await runTogether([
    ...watchedPackages.map(watchPackage),
    server(),
    ...(isBackendOnly ? [] : [demo()]),
  ])
})

function watchPackage(name) {
  // Without --no-clean the outputs are missing for a moment, and everything that imports them fails.
  // CommonJS is not written: nothing here imports it, and without the package's own build step it
  // would have to be built again.
  const args = ['--watch', 'src', '--no-clean', '--format', 'esm', '--silent']
  return { name, command: bin('tsup'), args, cwd: join(root, 'packages', name) }
}

function server() {
  const args = ['--watch', '--watch-preserve-output', 'packages/server/dist/standalone/cli.js']
  return { name: 'node', command: process.execPath, args, cwd: root }
}

function demo() {
  const args = ['--clearScreen', 'false']
  return { name: 'demo', command: bin('vite'), args, cwd: join(root, 'apps', 'demo') }
}
