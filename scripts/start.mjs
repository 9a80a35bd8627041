import { defaultToDevelopment } from './lib/defaultToDevelopment.mjs'
import { main } from './lib/main.mjs'
import { root } from './lib/root.mjs'
import { setUp } from './lib/setUp.mjs'
import { stopWithNpm } from './lib/stopWithNpm.mjs'

await main(async () => {
  stopWithNpm()
  await setUp()
  defaultToDevelopment()
  process.chdir(root)
  // The terminal sends a Ctrl-C to the whole process group, and npm passes it on once more. The
  // server stops on the first one; without this listener the second would kill it while it stops.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})
  await import('../packages/server/dist/standalone/cli.js')
})
