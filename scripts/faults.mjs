import { parseArgs } from 'node:util'
import { bin } from './lib/bin.mjs'
import { main } from './lib/main.mjs'
import { run } from './lib/run.mjs'
import { setUp } from './lib/setUp.mjs'

/**
 * Runs the fault test for the time, with the seed and with the kinds of faults from the command line.
 * The test prints its seed. In CI, the default seed is the date.
 */
await main(async () => {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string' },
      faults: { type: 'string' },
    },
  })
  const { seconds, seed, faults } = values
  for (const [name, value] of Object.entries({ seconds, seed })) {
    if (value !== undefined && !/^\d{1,10}$/.test(value)) {
      throw new Error(`--${name} is a whole number, not "${value}"`)
    }
  }
  await setUp()
  const env = {
    FAULT_SECONDS: seconds,
    ...(seed && { FAULT_SEED: seed }),
    ...(faults && { FAULT_KINDS: faults }),
  }
  const args = ['run', '--project', 'faults']
  console.log(await run(bin('vitest'), args, { env }))
})
