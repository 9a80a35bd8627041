import { chromium } from './lib/chromium.mjs'
import { main } from './lib/main.mjs'
import { setUp } from './lib/setUp.mjs'
import { checks, quickChecks } from './testing/checks.mjs'
import { runStages } from './testing/runStages.mjs'
import { summarize } from './testing/summarize.mjs'
import { vitestStage } from './testing/vitestStage.mjs'

const unitProjects = ['unit', 'unit-vue', 'unit-vue-ssr', 'integration', 'attacks', 'faults']
let chromiumPath

const setUpStage = { name: 'set-up', run: () => setUp() }
const chromiumStage = {
  name: 'chromium',
  needs: ['set-up'],
  run: async () => {
    chromiumPath = await chromium()
    return chromiumPath
  },
}
const browserStage = vitestStage('browser', ['e2e'], {
  needs: ['set-up', 'chromium'],
  env: () => ({ CHROMIUM_PATH: chromiumPath }),
})

const plans = {
  all: [
    [setUpStage],
    [...checks, chromiumStage],
    [vitestStage('unit and integration', unitProjects, { args: ['--coverage'] })],
    [vitestStage('docs', ['docs']), vitestStage('outside', ['packed'])],
    [browserStage],
  ],
  check: [[setUpStage], quickChecks],
  unit: [[setUpStage], [vitestStage('unit and integration', unitProjects)]],
  e2e: [[setUpStage], [chromiumStage], [browserStage]],
}

await main(async () => {
  const name = process.argv[2] ?? 'all'
  const plan = plans[name]
  if (!plan) throw new Error(`There is no \`${name}\` here: use ${Object.keys(plans).join(', ')}.`)
  const results = await runStages(plan)
  if (!summarize(results)) process.exitCode = 1
})
