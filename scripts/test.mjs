import { chromium } from './lib/chromium.mjs'
import { main } from './lib/main.mjs'
import { nginx } from './lib/nginx.mjs'
import { promtool } from './lib/promtool.mjs'
import { say } from './lib/progress.mjs'
import { setUp } from './lib/setUp.mjs'
import { checks, quickChecks } from './testing/checks.mjs'
import { runStages } from './testing/runStages.mjs'
import { summarize } from './testing/summarize.mjs'
import { vitestStage } from './testing/vitestStage.mjs'

const unitProjects = [
  'unit',
  'unit-mocked',
  'unit-vue',
  'unit-vue-ssr',
  'integration',
  'attacks',
  'faults',
]
let chromiumPath
let nginxPath
let promtoolPath

const setUpStage = { name: 'set-up', run: () => setUp() }
const chromiumStage = {
  name: 'chromium',
  needs: ['set-up'],
  run: async () => {
    chromiumPath = await chromium()
    return chromiumPath
  },
}
const promtoolStage = {
  name: 'promtool',
  needs: ['set-up'],
  run: async () => {
    promtoolPath = await promtool()
    if (!promtoolPath) say('! There is no promtool: metrics and alerts are NOT checked by it.')
    return promtoolPath
  },
}
const nginxStage = {
  name: 'nginx',
  needs: ['set-up'],
  run: async () => {
    nginxPath = await nginx()
    if (!nginxPath) say('! There is no nginx: what it does to connections is NOT tested.')
    return nginxPath
  },
}
const browserStage = vitestStage('browser', ['e2e'], {
  needs: ['set-up', 'chromium'],
  env: () => ({ CHROMIUM_PATH: chromiumPath, ...(nginxPath && { NGINX_PATH: nginxPath }) }),
})

const plans = {
  all: [
    [setUpStage],
    [...checks, chromiumStage],
    [promtoolStage], // after Chromium, since apt installs one at a time
    [nginxStage],
    [
      vitestStage('unit and integration', unitProjects, {
        args: ['--coverage'],
        env: () => ({
          ...(promtoolPath && { PROMTOOL_PATH: promtoolPath }),
          ...(nginxPath && { NGINX_PATH: nginxPath }),
        }),
      }),
    ],
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
