import { keyOf } from './keyOf.mjs'

const detected = ['Killed', 'Timeout']
const undetected = ['Survived', 'NoCoverage']

/**
 * The score of the first `size` mutants of an order that could be run.
 *
 * @param reports of runs with different tests; a mutant is detected if it is in one of them
 */
export function scoreOf(reports, order, size) {
  const results = new Map()
  for (const [key, result] of reports.flatMap((report) => [...resultsOf(report)])) {
    if (!detected.includes(results.get(key)?.status)) results.set(key, result)
  }
  const run = order
    .map((key) => results.get(key))
    .filter((result) => result && [...detected, ...undetected].includes(result.status))
    .slice(0, size)
  const count = run.filter(({ status }) => detected.includes(status)).length
  return {
    count: run.length,
    detected: count,
    percent: run.length === 0 ? 0 : (100 * count) / run.length,
    undetected: run
      .filter(({ status }) => undetected.includes(status))
      .map(describe)
      .sort(),
  }
}

/** The keys of the mutants that were run and not detected. */
export function undetectedKeys(report) {
  const results = [...resultsOf(report)]
  return new Set(
    results.filter(([, { status }]) => undetected.includes(status)).map(([key]) => key),
  )
}

function resultsOf(report) {
  const results = new Map()
  for (const [file, { source, mutants }] of Object.entries(report.files)) {
    for (const mutant of mutants) {
      const { start, end } = mutant.location // counted from 1
      const from0 = ({ line, column }) => ({ line: line - 1, column: column - 1 })
      const location = { start: from0(start), end: from0(end) }
      results.set(keyOf(file, location, mutant), { file, source, ...mutant })
    }
  }
  return results
}

function describe({ file, source, location: { start, end }, status, mutatorName, replacement }) {
  const lines = source.split('\n').slice(start.line - 1, end.line)
  const what = lines.length > 1 ? `${lines[0]} …` : lines[0].slice(start.column - 1, end.column - 1)
  const place = `${file}:${start.line}:${start.column}`
  return `${status} ${place} ${mutatorName}: ${what.trim()} → ${replacement.split('\n')[0]}`
}
