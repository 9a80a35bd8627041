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
const chromiumStage = programStage('chromium', chromium, 'CHROMIUM_PATH')
const promtoolStage = programStage(
  'promtool',
  promtool,
  'PROMTOOL_PATH',
  '! There is no promtool: metrics and alerts are NOT checked by it.',
)
const nginxStage = programStage(
  'nginx',
  nginx,
  'NGINX_PATH',
  '! There is no nginx: what it does to connections is NOT tested.',
)
const redisStage = programStage(
  'redis',
  redis,
  'REDIS_PATH',
  '! There is no Redis: news by Redis are NOT tested.',
)
const pgbouncerStage = programStage(
  'pgbouncer',
  pgbouncer,
  'PGBOUNCER_PATH',
  '! There is no PgBouncer: what poolers do to the store is NOT tested.',
)
const postgresStage = {
  name: 'postgres',
  needs: ['set-up'],
  run: () => {
    if (!hasPostgres()) say('! There is no PostgreSQL: nothing that uses it is tested.')
  },
}
const browserStage = vitestStage('browser', ['e2e'], {
  needs: ['set-up', 'chromium'],
  env: () => programs,
})

const plans = {
  all: [
    [setUpStage],
    [...checks, chromiumStage],
    [promtoolStage], // after Chromium, since apt installs one at a time
    [nginxStage, postgresStage],
    [redisStage],
    [pgbouncerStage],
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
  e2e: [[setUpStage], [chromiumStage], [browserStage]],
}

await main(async () => {
  const name = process.argv[2] ?? 'all'
  const plan = plans[name]
  if (!plan) throw new Error(`There is no \`${name}\` here: use ${Object.keys(plans).join(', ')}.`)
  const results = await runStages(plan)
  if (!summarize(results)) process.exitCode = 1
})

/** A stage that finds or installs a program; says `warning` where there is none. */
function programStage(name, find, variable, warning) {
  return {
    name,
    needs: ['set-up'],
    run: async () => {
      const path = await find()
      if (path) programs[variable] = path
      else say(warning)
      return path
    },
  }
}
