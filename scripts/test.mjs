import { chromium } from './lib/chromium.mjs'
import { main } from './lib/main.mjs'
import { nginx } from './lib/nginx.mjs'
import { hasPostgres } from './lib/postgres.mjs'
import { pgbouncer } from './lib/pgbouncer.mjs'
import { promtool } from './lib/promtool.mjs'
import { say } from './lib/progress.mjs'
import { redis } from './lib/redis.mjs'
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
  'cluster',
  'attacks',
  'faults',
]
/** The paths of the programs that tests use, by the variables that name them to the tests. */
const programs = {}
const setUpStage = { name: 'set-up', run: () => setUp() }
const chromiumProgram = { find: chromium, variable: 'CHROMIUM_PATH' }
const otherPrograms = [
  {
    find: promtool,
    variable: 'PROMTOOL_PATH',
    warning: '! There is no promtool: metrics and alerts are NOT checked by it.',
  },
  {
    find: nginx,
    variable: 'NGINX_PATH',
    warning: '! There is no nginx: what it does to connections is NOT tested.',
  },
  {
    find: redis,
    variable: 'REDIS_PATH',
    warning: '! There is no Redis: news by Redis are NOT tested.',
  },
  {
    find: pgbouncer,
    variable: 'PGBOUNCER_PATH',
    warning: '! There is no PgBouncer: what poolers do to the store is NOT tested.',
  },
]
const programsStage = programStage('programs', [chromiumProgram, ...otherPrograms])
const postgresStage = {
  name: 'postgres',
  needs: ['set-up'],
  run: () => {
    if (!hasPostgres()) say('! There is no PostgreSQL: nothing that uses it is tested.')
  },
}
const browserStage = vitestStage('browser', ['e2e'], {
  needs: ['set-up', 'programs'],
  env: () => programs,
})

const plans = {
  all: [
    [setUpStage],
    [programsStage, ...checks, postgresStage], // installing waits for the network, and the checks for nothing
    [
      vitestStage('unit and integration', unitProjects, {
        args: ['--coverage'],
        env: () => programs,
      }),
    ],
    [vitestStage('docs', ['docs']), vitestStage('outside', ['packed'])],
    [browserStage],
  ],
  check: [[setUpStage], quickChecks],
  unit: [[setUpStage], [postgresStage], [vitestStage('unit and integration', unitProjects)]],
  e2e: [[setUpStage], [programStage('programs', [chromiumProgram])], [browserStage]],
}

await main(async () => {
  const name = process.argv[2] ?? 'all'
  const plan = plans[name]
  if (!plan) throw new Error(`There is no \`${name}\` here: use ${Object.keys(plans).join(', ')}.`)
  const results = await runStages(plan)
  if (!summarize(results)) process.exitCode = 1
})

/** A stage that finds or installs programs, one after the other as apt does; warns where there is none. */
function programStage(name, list) {
  return {
    name,
    needs: ['set-up'],
    run: async () => {
      const failures = []
      for (const { find, variable, warning } of list) {
        try {
          const path = await find()
          if (path) programs[variable] = path
          else say(warning)
        } catch (failure) {
          failures.push(failure)
        }
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}
