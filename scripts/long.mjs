import { parseArgs } from 'node:util'
import { bin } from './lib/bin.mjs'
import { chromium } from './lib/chromium.mjs'
import { main } from './lib/main.mjs'
import { run } from './lib/run.mjs'
import { setUp } from './lib/setUp.mjs'
import { newestMinors } from './testing/newestMinors.mjs'
import { onPostgres } from './testing/onPostgres.mjs'
import { findPrograms, storePrograms, warnOfPostgres } from './testing/programs.mjs'

/** Tests that take too long for every run, by name. */
const stages = {
  cluster: async () => {
    warnOfPostgres()
    const env = { CLUSTER: 'long', ...(await findPrograms(storePrograms)) }
    // One file after the other, since each has several servers, and measures times.
    return run(bin('vitest'), ['run', '--project', 'cluster', '--no-file-parallelism'], { env })
  },
  differential: ({ seed, sequences }) => {
    console.log(`differential: --seed ${seed} --sequences ${sequences}`)
    const args = ['run', '--project', 'unit', 'packages/testing/test/differential']
    const env = { DIFFERENTIAL_SEED: seed, DIFFERENTIAL_SEQUENCES: sequences }
    return run(bin('vitest'), args, { env })
  },
  looks: async () => {
    const env = { LOOKS: 'all', CHROMIUM_PATH: await chromium() }
    return run(bin('vitest'), ['run', '--project', 'e2e', 'Access'], { env })
  },
  networks: () =>
    run(bin('vitest'), ['run', '--project', 'integration', 'tests/outside/networks.test.ts'], {
      env: { NETWORKS: 'all' },
    }),
  newestMinors,
  outside: async () => {
    warnOfPostgres()
    const env = { OUTSIDE: 'long', CHROMIUM_PATH: await chromium() }
    // One file after the other, since each packs the same folders.
    const packedArgs = ['run', '--project', 'packed', '--no-file-parallelism']
    const packed = await run(bin('vitest'), packedArgs, { env })
    return packed + (await run(bin('vitest'), ['run', '--project', 'e2e', 'otherOrigin'], { env }))
  },
  postgres: onPostgres,
}

/** Runs all long tests, or those named on the command line, and prints the seed that repeats them. */
await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: String(Math.floor(Date.now() / 86_400_000)) },
      sequences: { type: 'string', default: '300' },
    },
  })
  for (const [name, value] of Object.entries(values)) {
    if (!/^\d{1,9}$/.test(value)) throw new Error(`--${name} is a whole number, not "${value}"`)
  }
  const known = Object.keys(stages)
  const unknown = positionals.find((name) => !known.includes(name))
  if (unknown) throw new Error(`There is no stage "${unknown}": use ${known.join(', ')}.`)
  await setUp()
  for (const name of positionals.length > 0 ? positionals : known) {
    console.log(await stages[name](values))
  }
})
