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
  // npm passes on a Ctrl-C that the terminal has sent to the whole group already. The server stops
  // on the first one; without a listener of our own the second would kill it in the middle of that.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {})
  await import('../packages/server/dist/standalone/cli.js')
})
