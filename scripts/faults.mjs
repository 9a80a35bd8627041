import { parseArgs } from 'node:util'
import { bin } from './lib/bin.mjs'
import { main } from './lib/main.mjs'
import { run } from './lib/run.mjs'
import { setUp } from './lib/setUp.mjs'

/** Runs the test under faults for as long, and with the seed, that the command line says. */
await main(async () => {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
  })
  for (const [name, value] of Object.entries(values)) {
    if (!/^\d{1,10}$/.test(value)) throw new Error(`--${name} is a whole number, not "${value}"`)
  }
  await setUp()
  const env = { FAULT_SECONDS: values.seconds, ...(values.seed && { FAULT_SEED: values.seed }) }
  const args = ['run', '--project', 'faults']
  console.log(await run(bin('vitest'), args, { env }))
})
