// Compares our server with plain Socket.IO that does the same work. In one run, servers have one
// processor, the clients the other, and rounds alternate. Fails when even the lower quartile of a
// ratio misses its target. Run `npm run bench`, optionally with the names of scenarios.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { askProcess } from './lib/askProcess.mjs'
import { printTable } from './lib/printTable.mjs'
import { summarize } from './lib/statistics.mjs'
import { connect } from './scenarios/connect.mjs'
import { durable } from './scenarios/durable.mjs'
import { echo } from './scenarios/echo.mjs'
import { fanOut } from './scenarios/fanOut.mjs'
import { memory } from './scenarios/memory.mjs'

const SERVERS_ON = 0
const CLIENTS_ON = 1
/** Many short rounds, because a shared machine is slow for seconds at a time. */
const ROUNDS = 72

const scenarios = {
  echo1: echo(1, 1.1),
  echo20: echo(20, 0.9),
  connect,
  memory,
  fanOut,
  durable,
}

const chosen = process.argv.slice(2)
const unknown = chosen.find((name) => !Object.hasOwn(scenarios, name))
if (unknown)
  throw new Error(`no scenario ${unknown}; there are ${Object.keys(scenarios).join(', ')}`)

const directory = await mkdtemp(join(tmpdir(), 'bench-'))
try {
  const rows = []
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue
    rows.push(await compare(scenario))
    console.error(`${scenario.name}: done`)
  }
  printTable(rows)
  if (rows.some(({ isMissed }) => isMissed)) process.exitCode = 1
} finally {
  await rm(directory, { recursive: true })
}

async function compare(scenario) {
  const measures = { plain: [], ours: [] }
  const { rounds = ROUNDS } = scenario
  let subjects = scenario.isFresh ? undefined : await openBoth(scenario)
  for (let round = 0; round < rounds; round++) {
    const kinds = round % 2 === 0 ? ['plain', 'ours'] : ['ours', 'plain'] // takes turns
    for (const kind of kinds) {
      const subject = subjects?.[kind] ?? (await open(kind, scenario))
      measures[kind].push(await scenario.measure(subject))
      if (!subjects) await close(subject, scenario)
    }
  }
  for (const subject of Object.values(subjects ?? {})) await close(subject, scenario)

  const ratio = summarize(measures.ours.map((value, round) => value / measures.plain[round]))
  const { name, unit, target } = scenario
  return {
    name,
    unit,
    target,
    plain: summarize(measures.plain),
    ours: summarize(measures.ours),
    ratio,
    isMissed: ratio.lower > target,
  }
}

async function openBoth(scenario) {
  return { plain: await open('plain', scenario), ours: await open('ours', scenario) }
}

async function open(kind, scenario) {
  const file = join(directory, `${kind}-${String(performance.now())}.db`)
  const server = await askProcess(`../servers/${kind}.mjs`, {
    processor: SERVERS_ON,
    args: [`sqlite:${file}`],
  })
  const load = await askProcess('../load/load.mjs', { processor: CLIENTS_ON })
  const url = await server.ask('url')
  const subject = { server, load, url, isOurs: kind === 'ours', memo: {} }
  await scenario.prepare(subject)
  return subject
}

async function close(subject, scenario) {
  await scenario.finish?.(subject)
  await subject.load.close()
  await subject.server.close()
}
