import type { Cause } from './causes.js'
import { oneLine } from './oneLine.js'

/** The steps of the guide, in its order. */
export const stepNames = [
  'health',
  'session',
  'connection',
  'commands',
  'results',
  'interactive',
] as const

/** One of the guide's six steps. */
export type StepName = (typeof stepNames)[number]

/** What each step does, for people. */
export const stepTitles: Readonly<Record<StepName, string>> = {
  health: 'Check backend health',
  session: 'Acquire a session token',
  connection: 'Test Socket.IO connection',
  commands: 'Execute all commands',
  results: 'Display results',
  interactive: 'Interactive mode',
}

/** The result of a check or a step; `warned` means that it works, but not as it should. */
export type Verdict = 'passed' | 'warned' | 'failed' | 'skipped'

/** The result of one check. */
export interface Finding {
  /** A short name, such as `websocket` or `ping`. */
  readonly check: string
  readonly verdict: Verdict
  /** The evidence, in one line. */
  readonly detail: string
  /** Why it failed or warned, and how to fix it. */
  readonly cause: Cause | null
  /** `null` for a check without its own duration. */
  readonly durationMs: number | null
}

/** One step with its findings. */
export interface StepResult {
  readonly step: StepName
  readonly verdict: Verdict
  readonly findings: readonly Finding[]
  readonly durationMs: number
}

/** Facts to show in addition to the verdicts; `null` for unknown ones. */
export interface Facts {
  server: { name: string; version: string } | null
  /** The masked token, never the whole one. */
  token: string | null
  expiresAt: string | null
  /** Server minus local clock, without the part that the round trip explains. */
  clockSkewMs: number | null
  roundTripMs: number | null
  transports: { websocket: Verdict; polling: Verdict }
}

/** The results of one examination. */
export interface Report {
  readonly url: string
  /** Whether nothing failed; warnings do not count. */
  readonly ok: boolean
  /** ISO 8601. */
  readonly startedAt: string
  readonly durationMs: number
  readonly steps: readonly StepResult[]
  readonly facts: Readonly<Facts>
}

/** A step's number in the guide, from 1. */
export function stepNumber(step: StepName): number {
  return stepNames.indexOf(step) + 1
}

/** A finding without a cause. */
export function finding(
  check: string,
  verdict: 'passed' | 'skipped',
  detail: string,
  durationMs: number | null = null,
): Finding {
  return { check, verdict, detail: oneLine(detail), cause: null, durationMs }
}

/** A failed finding, or a warning, with its cause. */
export function trouble(
  check: string,
  cause: Cause,
  detail: string,
  durationMs: number | null = null,
): Finding {
  const verdict = cause.code === 'clock_skew' ? 'warned' : 'failed'
  return { check, verdict, detail: oneLine(detail), cause, durationMs }
}

/** The worst of several verdicts. */
export function worstVerdict(findings: readonly Finding[]): Verdict {
  const order = ['failed', 'warned', 'passed'] as const
  return order.find((verdict) => findings.some((one) => one.verdict === verdict)) ?? 'skipped'
}

/** The different causes of a report: of failures first, then of warnings, in the order of the steps. */
export function causesOf({ steps }: Pick<Report, 'steps'>): Cause[] {
  const causes = new Map<string, Cause>()
  const findings = steps.flatMap((step) => step.findings)
  for (const wanted of ['failed', 'warned']) {
    for (const { cause, verdict } of findings) {
      if (cause && verdict === wanted) causes.set(cause.code, causes.get(cause.code) ?? cause)
    }
  }
  return [...causes.values()]
}
