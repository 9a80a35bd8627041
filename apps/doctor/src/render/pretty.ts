import type { Writable } from 'node:stream'
import { intro, log, note, outro, spinner } from '@clack/prompts'
import { causesOf, stepNames, stepNumber, stepTitles } from '../report.js'
import type { Report, StepName, StepResult } from '../report.js'
import type { Reporter } from '../reporter.js'
import { summarize } from '../summarize.js'
import { causeLines, factLines, findingLines, paint, title, wrapTo } from './prettyLines.js'

/** The terminal interface: a spinner per step, its findings, and the results in a box. */
export function prettyReporter(output: Writable): Reporter {
  const width = 'columns' in output && typeof output.columns === 'number' ? output.columns : 80
  let running: ReturnType<typeof spinner> | undefined
  return {
    begin: (url) => {
      intro(`${paint.badge(' YektaYar doctor ')} ${paint.dim(url)}`, { output })
    },
    stepStarted: (step) => {
      running = spinner({ output })
      running.start(heading(step))
    },
    stepEnded: (result) => {
      running?.clear()
      running = undefined
      showStep(result, output)
    },
    end: (report, interactive) => {
      log.message(paint.bold(heading('results')), { output, symbol: symbolOf(report) })
      note(resultLines(report, width).join('\n'), title(report), { output, format: (line) => line })
      if (interactive === undefined) return
      log.message([paint.bold(heading('interactive')), paint.dim(interactive)], {
        output,
        symbol: paint.dim('◇'),
      })
      outro(closing(report), { output })
    },
  }
}

/** The last line, coloured by the result. */
export function closing(report: Report): string {
  return report.ok
    ? `${paint.green('All is well')}${paint.dim(`: ${summarize(report)}`)}`
    : `${paint.red('Not well')}${paint.dim(`: ${summarize(report)}`)}`
}

function heading(step: StepName): string {
  return `${stepNumber(step)}/${stepNames.length} ${stepTitles[step]}`
}

function showStep(result: StepResult, output: Writable): void {
  const { step, verdict, durationMs } = result
  const time = verdict === 'skipped' ? '' : paint.dim(` ${durationMs} ms`)
  log.message([`${paint.bold(heading(step))}${time}`, ...findingLines(result)], {
    output,
    symbol: paint.symbols[verdict],
    spacing: 0, // the spinner leaves an empty line
  })
}

function symbolOf(report: Report): string {
  return paint.symbols[report.ok ? 'passed' : 'failed']
}

function resultLines(report: Report, width: number): string[] {
  const causes = causesOf(report)
  const blocks = causes.map((cause) => causeLines(cause, wrapTo(width)))
  const facts = report.facts.server ? [factLines(report)] : []
  return [...blocks, ...facts].flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}
