import { causesOf, stepNumber } from '../report.js'
import type { Finding, Report, StepName, StepResult, Verdict } from '../report.js'
import type { Reporter, Write } from '../reporter.js'

/** One JSON object at the end, and nothing else. */
export function jsonReporter(write: Write): Reporter {
  return {
    end: (report, interactive) => {
      write(`${JSON.stringify(toJson(report, interactive ?? ''), null, 2)}\n`)
    },
  }
}

function toJson(report: Report, interactive: string) {
  const { ok, url, startedAt, durationMs, facts, steps } = report
  return {
    ok,
    exitCode: ok ? 0 : 1,
    url,
    startedAt,
    durationMs,
    ...facts,
    causes: causesOf(report),
    steps: [
      ...steps.map(toStep),
      marker('results', 'passed', 'this object'),
      marker('interactive', 'skipped', interactive),
    ],
  }
}

function toStep({ step, verdict, durationMs, findings }: StepResult) {
  const ok = verdict !== 'failed'
  return {
    number: stepNumber(step),
    step,
    verdict,
    ok,
    durationMs,
    findings: findings.map(toEntry),
  }
}

function toEntry({ check, verdict, detail, cause, durationMs }: Finding) {
  const ok = verdict !== 'failed'
  return {
    check,
    verdict,
    ok,
    detail,
    cause: cause?.code ?? null,
    fix: cause?.fixes[0] ?? null,
    durationMs,
  }
}

/** A step of the guide without checks. */
function marker(step: StepName, verdict: Verdict, detail: string) {
  const findings = [toEntry({ check: step, verdict, detail, cause: null, durationMs: null })]
  return { number: stepNumber(step), step, verdict, ok: true, durationMs: 0, findings }
}
