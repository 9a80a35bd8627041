import type { YektaYarSocket } from '@yektayar/client'
import { finding, worstVerdict } from './report.js'
import type { Finding, Report, StepName, StepResult } from './report.js'
import { examineCommands } from './steps/commands.js'
import { examineConnection } from './steps/connection.js'
import { examineHealth } from './steps/health.js'
import { examineSession } from './steps/session.js'
import { Visit } from './visit.js'
import type { ExamineOptions } from './visit.js'

/** Callbacks for each step of an examination. */
export interface Watcher {
  stepStarted?(step: StepName): void
  stepEnded?(result: StepResult): void
}

/** The result of an examination. */
export interface Examination {
  readonly report: Report
  /** A connected client, if any transport works; the caller has to disconnect it. */
  readonly client: YektaYarSocket | undefined
  /** The whole token, so that it can be masked in later output. */
  readonly token: string
}

/** Examines a server step by step; never rejects because of its findings. */
export async function examine(
  options: ExamineOptions,
  watcher: Watcher = {},
): Promise<Examination> {
  const visit = new Visit(options)
  const startedAt = new Date(visit.now()).toISOString()
  const startMs = performance.now()
  const steps: StepResult[] = []

  const run = async (step: StepName, work: () => Promise<Finding[]>): Promise<void> => {
    const stepStartedAt = performance.now()
    watcher.stepStarted?.(step)
    const blocker = steps.find((earlier) => earlier.verdict === 'failed' && blocks(visit, earlier))
    const findings = blocker
      ? [finding(step, 'skipped', `needs step ${steps.indexOf(blocker) + 1}`)]
      : await work()
    const durationMs = Math.round(performance.now() - stepStartedAt)
    const result = { step, verdict: worstVerdict(findings), findings, durationMs }
    steps.push(result)
    watcher.stepEnded?.(result)
  }

  await run('health', () => examineHealth(visit))
  await run('session', () => examineSession(visit))
  await run('connection', () => examineConnection(visit))
  const { client } = visit
  await run('commands', () => (client ? examineCommands(visit, client) : Promise.resolve([])))
  const report = {
    url: visit.base,
    ok: steps.every(({ verdict }) => verdict !== 'failed'),
    startedAt,
    durationMs: Math.round(performance.now() - startMs),
    steps,
    facts: visit.facts,
  }
  return { report, client, token: visit.token ?? '' }
}

/** Whether a failed step blocks later ones. After a failed connection, one transport may work. */
function blocks({ client }: Visit, { step }: StepResult): boolean {
  return step !== 'connection' || client === undefined
}
