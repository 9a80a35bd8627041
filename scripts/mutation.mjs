import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bin } from './lib/bin.mjs'
import { main } from './lib/main.mjs'
import { root } from './lib/root.mjs'
import { spawnPortably } from './lib/run.mjs'
import { setUp } from './lib/setUp.mjs'
import { drawSample } from './testing/mutation/drawSample.mjs'
import { dropUnsampled } from './testing/mutation/dropUnsampled.mjs'
import { rangeOf } from './testing/mutation/keyOf.mjs'
import { mutatedFiles } from './testing/mutation/mutatedFiles.mjs'
import { scoreOf, undetectedKeys } from './testing/mutation/scoreOf.mjs'
import base from './testing/mutation/stryker.config.mjs'

/** More mutants are drawn than needed, since those that only run while a module loads are left out. */
const SPARE = 1.05
const folder = join(root, '.cache', 'mutation')
const ownPlugins = ['sampleChecker', 'undetectedReporter'].map((name) =>
  join(root, 'scripts', 'testing', 'mutation', `${name}.mjs`),
)
const fileFor = (name) => join(folder, name)

/**
 * Runs mutation tests on a sample of the core: first with the unit tests, and where these detect too few
 * of them, with the others. Lists the mutants that no test detects.
 */
await main(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      size: { type: 'string', default: '300' },
      seed: { type: 'string', default: '1' },
      least: { type: 'string', default: '85' },
      concurrency: { type: 'string', default: '2' },
    },
  })
  for (const [name, value] of Object.entries(values)) {
    if (!/^\d{1,10}$/.test(value)) throw new Error(`--${name} is a whole number, not "${value}"`)
  }
  const { size, seed, least, concurrency } = values
  const files = positionals.length > 0 ? positionals : mutatedFiles()
  await setUp()
  const order = await drawSample(files, seed)
  const drawn = order.slice(0, Math.ceil(size * SPARE))
  console.log(`${drawn.length} of ${order.length} mutants, seed ${seed}`)

  mkdirSync(folder, { recursive: true })
  const name = `${seed}-${size}`
  const byUnitTests = await runSample(name, drawn, { concurrency })
  const reports = [byUnitTests]
  if (scoreOf(reports, order, Number(size)).percent < Number(least)) {
    const left = drawn.filter((key) => undetectedKeys(byUnitTests).has(key))
    reports.push(await runSample(`${name}-others`, left, { concurrency, tests: 'others' }))
  }

  const score = scoreOf(reports, order, Number(size))
  for (const line of score.undetected) console.log(line)
  console.log(
    `${score.detected} of ${score.count} detected: ${score.percent.toFixed(1)} % (seed ${seed})`,
  )
  if (score.percent < Number(least)) throw new Error(`That is less than ${least} %.`)
})

/** Runs mutants with the unit tests of their packages, or with the other tests. Returns the report. */
async function runSample(name, keys, { concurrency, tests = 'unit' }) {
  const report = fileFor(`report-${name}.json`)
  const sample = fileFor(`sample-${name}.json`)
  const config = fileFor(`stryker-${name}.json`)
  const incrementalFile = fileFor(`incremental-${name}.json`)
  writeFileSync(sample, JSON.stringify(keys))
  dropUnsampled(incrementalFile)
  const options = {
    ...base,
    mutate: [...new Set(keys.map(rangeOf))], // the others would only slow the tests down
    plugins: [...base.plugins, ...ownPlugins],
    checkers: ['sample'],
    concurrency: Number(concurrency),
    incrementalFile,
    jsonReporter: { fileName: report },
  }
  writeFileSync(config, JSON.stringify(options))
  if (keys.length === 0) return { files: {} }
  await runStryker(config, { MUTATION_SAMPLE: sample, MUTATION_TESTS: tests })
  return JSON.parse(readFileSync(report, 'utf8'))
}

function runStryker(config, env) {
  return new Promise((resolve, reject) => {
    const child = spawnPortably(bin('stryker'), ['run', config], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: 'inherit',
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`Stryker ended with ${code}`))
    })
  })
}
