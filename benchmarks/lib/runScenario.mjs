import { openSubject } from './subjects.mjs'
import { growthExponent, summarize } from './statistics.mjs'
import { verdict } from './verdict.mjs'

/** Many short rounds, because a shared machine is slow for seconds at a time. */
const ROUNDS = 72
/** A tenth of the rounds, but never so few that there is no quartile. */
const QUICK_SHARE = 0.1
const MIN_ROUNDS = 3

/** Measures a scenario, at each of its sizes, and returns the rows of the table. */
export async function runScenario(scenario, { isQuick }) {
  const { sizes = [undefined] } = scenario
  const rows = []
  for (const size of sizes) rows.push(await measureSize(scenario, { isQuick, size }))
  if (scenario.sizes) rows.push(growthRow(scenario, rows))
  return rows
}

async function measureSize(scenario, options) {
  const { name, unit, isAlone, target } = scenario
  const kinds = isAlone ? ['ours'] : ['plain', 'ours', 'control']
  const measures = await measureInTurns(kinds, scenario, options)
  const ratioTo = (kind) =>
    summarize(measures[kind].map((value, round) => value / measures.plain[round]))
  const ours = summarize(measures.ours)
  const result = isAlone ? ours : ratioTo('ours')
  const control = isAlone ? undefined : ratioTo('control')
  return {
    name: options.size === undefined ? name : `${name}: ${String(options.size)}`,
    unit,
    size: options.size,
    target,
    plain: isAlone ? undefined : summarize(measures.plain),
    ours,
    result,
    control,
    verdict: target === undefined ? '' : verdict({ result, control, target }),
  }
}

/** In each round every kind is measured once; who begins changes from round to round. */
async function measureInTurns(kinds, scenario, options) {
  const measures = Object.fromEntries(kinds.map((kind) => [kind, []]))
  const open = (kind) => (scenario.open ?? openSubject)(kind, scenario, options)
  const subjects = {}
  if (!scenario.isFresh) for (const kind of kinds) subjects[kind] = await open(kind)
  for (let round = 0; round < roundsOf(scenario, options); round++) {
    for (let turn = 0; turn < kinds.length; turn++) {
      const kind = kinds[(round + turn) % kinds.length]
      const subject = subjects[kind] ?? (await open(kind))
      measures[kind].push(await subject.measure())
      if (scenario.isFresh) await subject.close()
    }
  }
  for (const subject of Object.values(subjects)) await subject.close()
  return measures
}

function roundsOf({ rounds = ROUNDS }, { isQuick }) {
  return isQuick ? Math.min(rounds, Math.max(MIN_ROUNDS, Math.round(rounds * QUICK_SHARE))) : rounds
}

/** How the cost of our server grows with the size. */
function growthRow({ name, maxExponent }, rows) {
  const exponent = growthExponent(rows.map(({ size, ours }) => [size, ours.median]))
  const result = { median: exponent, lower: exponent, upper: exponent }
  return {
    name: `${name}: growth`,
    unit: 'exponent of its cost over the size',
    target: maxExponent,
    ours: result,
    result,
    verdict: maxExponent === undefined ? '' : verdict({ result, target: maxExponent }),
  }
}
