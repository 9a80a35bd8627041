// Compares our server and client with plain Socket.IO that does the same work, and fails when a
// median misses its target by more than the control's own spread. Run `npm run bench`, optionally
// with the names of scenarios and with `--quick`.
import { parseArgs } from 'node:util'
import { printTable, shortNumber } from './lib/printTable.mjs'
import { runScenario } from './lib/runScenario.mjs'
import { quickScenarios, scenarios } from './scenarios/index.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
})
const names = values.quick ? quickScenarios : Object.keys(scenarios)
const chosen = positionals.length > 0 ? positionals : names
const unknown = chosen.find((name) => !Object.hasOwn(scenarios, name))
if (unknown)
  throw new Error(`no scenario ${unknown}; there are ${Object.keys(scenarios).join(', ')}`)

const rows = []
for (const [name, scenario] of Object.entries(scenarios)) {
  if (!chosen.includes(name)) continue
  rows.push(...(await runScenario(scenario, { isQuick: values.quick })))
  console.error(`${name}: done`)
}
printTable(
  ['what', 'of it', 'plain', 'ours', 'result', 'quartiles', 'control', 'target', ''],
  rows.map(({ name, unit, plain, ours, result, control, target, verdict }) => [
    name,
    unit,
    plain ? shortNumber(plain.median) : '',
    shortNumber(ours.median),
    plain ? shortNumber(result.median) : '',
    quartiles(result),
    control ? quartiles(control) : '',
    target === undefined ? '' : `≤ ${shortNumber(target)}`,
    verdict,
  ]),
)
if (rows.some(({ verdict }) => verdict === 'missed')) process.exitCode = 1

function quartiles({ lower, upper }) {
  return lower === upper ? '' : `${shortNumber(lower)}–${shortNumber(upper)}`
}
