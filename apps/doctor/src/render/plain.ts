import { causesOf, stepNames, stepNumber, stepTitles } from '../report.js'
import type { Report, StepName, StepResult, Verdict } from '../report.js'
import type { Reporter, Write } from '../reporter.js'
import { summarize } from '../summarize.js'

const words: Readonly<Record<Verdict, string>> = {
  passed: 'ok  ',
  warned: 'warn',
  failed: 'FAIL',
  skipped: 'skip',
}

/** Plain lines, for logs and pipes. */
export function plainReporter(write: Write): Reporter {
  const line = (text: string): void => {
    write(`${text}\n`)
  }
  return {
    begin: (url) => {
      line(`YektaYar doctor: ${url}`)
    },
    stepEnded: (result) => {
      line(heading(result.step, result.verdict))
      for (const text of findingLines(result)) line(text)
    },
    end: (report, interactive) => {
      line(heading('results', 'passed'))
      for (const text of resultLines(report)) line(text)
      line(heading('interactive', 'skipped'))
      line(`       ${interactive ?? 'comes next'}`)
      line(report.ok ? `All is well: ${summarize(report)}` : `Not well: ${summarize(report)}`)
    },
  }
}

function heading(step: StepName, verdict: Verdict): string {
  return `[${stepNumber(step)}/${stepNames.length}] ${words[verdict]} ${stepTitles[step]}`
}

function findingLines({ findings }: StepResult): string[] {
  return findings.map(({ verdict, check, detail, durationMs }) => {
    const time = durationMs === null ? '' : ` (${durationMs} ms)`
    return `      ${words[verdict]} ${check}: ${detail}${time}`
  })
}

function resultLines(report: Report): string[] {
  const causes = causesOf(report)
  if (causes.length === 0) return ['      ok   no trouble found']
  return causes.flatMap(({ code, title, fixes, docs }) => [
    `      cause ${code}: ${title}`,
    ...fixes.map((fix) => `        fix: ${fix}`),
    `        more: ${docs}`,
  ])
}
