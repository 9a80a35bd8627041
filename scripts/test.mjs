import { main } from './lib/main.mjs'
import { setUp } from './lib/setUp.mjs'
import { checks, quickChecks } from './testing/checks.mjs'
import { browserProgram, findPrograms, unitPrograms, warnOfPostgres } from './testing/programs.mjs'
import { runStages } from './testing/runStages.mjs'
import { summarize } from './testing/summarize.mjs'
import { vitestStage } from './testing/vitestStage.mjs'

const unitProjects = [
  'unit',
  'unit-mocked',
  'unit-vue',
  'unit-vue-ssr',
  'integration',
  'cluster',
  'attacks',
  'faults',
]
/** The paths of the programs that tests use, by the variables that name them to the tests. */
const found = {}
const setUpStage = { name: 'set-up', run: () => setUp() }
const programsStage = programStage('programs', [browserProgram, ...unitPrograms])
const postgresStage = { name: 'postgres', needs: ['set-up'], run: warnOfPostgres }
const browserStage = vitestStage('browser', ['e2e'], {
  needs: ['set-up', 'programs'],
  env: () => found,
})

const plans = {
  all: [
    [setUpStage],
    [programsStage, ...checks, postgresStage], // installing waits for the network, and the checks for nothing
    [
      vitestStage('unit and integration', unitProjects, {
        args: ['--coverage'],
        env: () => found,
      }),
    ],
    [vitestStage('docs', ['docs']), vitestStage('outside', ['packed'])],
    [browserStage],
  ],
  check: [[setUpStage], quickChecks],
  unit: [
    [setUpStage],
    [programStage('programs', unitPrograms), postgresStage],
    [vitestStage('unit and integration', unitProjects, { env: () => found })],
  ],
  e2e: [[setUpStage], [programStage('programs', [browserProgram])], [browserStage]],
}

await main(async () => {
  const name = process.argv[2] ?? 'all'
  const plan = plans[name]
  if (!plan) throw new Error(`There is no \`${name}\` here: use ${Object.keys(plans).join(', ')}.`)
  const results = await runStages(plan)
  if (!summarize(results)) process.exitCode = 1
})

/** A stage that finds or installs programs, and says which ones are missing. */
function programStage(name, list) {
  const run = async () => void (await findPrograms(list, found))
  return { name, needs: ['set-up'], run }
}
