import type { Report, Verdict } from './report.js'

/** The number of checks by verdict: `10 checks passed, 1 failed`. */
export function summarize({ steps }: Report): string {
  const verdicts = steps.flatMap(({ findings }) => findings.map(({ verdict }) => verdict))
  const count = (wanted: Verdict): number => verdicts.filter((verdict) => verdict === wanted).length
  const passed = count('passed')
  const others = (['failed', 'warned', 'skipped'] as const)
    .map((verdict) => ({ verdict, number: count(verdict) }))
    .filter(({ number }) => number > 0)
    .map(({ verdict, number }) => `${number} ${verdict}`)
  return [`${passed} ${passed === 1 ? 'check' : 'checks'} passed`, ...others].join(', ')
}
