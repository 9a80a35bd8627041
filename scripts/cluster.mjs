import { main } from './lib/main.mjs'
import { setUp } from './lib/setUp.mjs'
import { stopWithNpm } from './lib/stopWithNpm.mjs'

await main(async () => {
  stopWithNpm()
  await setUp()
  const { runCluster } = await import('./cluster/runCluster.mjs') // which loads what was just built
  await runCluster(process.env)
})
