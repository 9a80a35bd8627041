import type { Prompts } from '../../src/interactive/prompts.js'
import { jsonReporter } from '../../src/render/json.js'
import { plainReporter } from '../../src/render/plain.js'
import { run } from '../../src/run.js'

/** Options of a run of the doctor in a test. */
export interface RunOptions {
  now?: () => number
  /** If given, the doctor acts as in an interactive terminal. */
  prompts?: Prompts
}

/** Runs the doctor in this process and collects its output and its error output. */
export async function runDoctor(argv: readonly string[], { now, prompts }: RunOptions = {}) {
  let output = ''
  let complaints = ''
  const print = (text: string): void => {
    output += text
  }
  const exitCode = await run(argv, {
    print,
    complain: (text) => {
      complaints += text
    },
    reporter: (format) => (format === 'json' ? jsonReporter(print) : plainReporter(print)),
    now,
    prompts,
  })
  return { exitCode, output, complaints }
}

/** The fields of the JSON output that the tests read. */
export interface JsonReport {
  ok: boolean
  exitCode: number
  token: string | null
  clockSkewMs: number | null
  durationMs: number
  transports: Record<'websocket' | 'polling', string>
  causes: { code: string; title: string; fixes: string[] }[]
  steps: {
    number: number
    step: string
    verdict: string
    ok: boolean
    durationMs: number
    findings: { check: string; verdict: string; detail: string; cause: string | null }[]
  }[]
}

/** Runs the doctor with `--json` and parses its output. */
export async function diagnose(argv: readonly string[], options: RunOptions = {}) {
  const { exitCode, output } = await runDoctor([...argv, '--json'], options)
  const report = JSON.parse(output) as JsonReport // the shape is what these tests assert
  const finding = (check: string) =>
    report.steps.flatMap(({ findings }) => findings).find((one) => one.check === check)
  return {
    exitCode,
    report,
    causes: report.causes.map(({ code }) => code),
    fixes: report.causes.flatMap(({ fixes }) => fixes).join('\n'),
    finding,
  }
}
