import packageJson from '../package.json' with { type: 'json' }
import { readArguments } from './arguments.js'
import type { Arguments } from './arguments.js'
import { examine } from './examine.js'
import type { Examination } from './examine.js'
import { help } from './help.js'
import { interact } from './interactive/interact.js'
import type { Prompts } from './interactive/prompts.js'
import type { Reporter } from './reporter.js'
import { UsageError } from './usageError.js'
import { DEFAULT_TIMEOUT_MS } from './visit.js'

/** The environment of a run: its output and its prompts. */
export interface Surroundings {
  /** Prints to standard output. */
  print(text: string): void
  /** Prints to standard error. */
  complain(text: string): void
  /** The renderer for a format; `pretty` only with a terminal. */
  reporter(format: Arguments['format']): Reporter
  /** Absent without a terminal. */
  readonly prompts?: Prompts | undefined
  /** Says goodbye after the interactive mode. */
  goodbye?(examination: Examination): void
  /** The local clock. @default Date.now */
  readonly now?: (() => number) | undefined
}

/** Runs the doctor. Resolves with its exit code: 0 no failure, 1 failures, 2 wrong arguments. */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    const given = readArguments(argv)
    if (given.show === undefined) return await visit(given, surroundings)
    surroundings.print(`${given.show === 'help' ? help : packageJson.version}\n`)
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    surroundings.complain(`yektayar-doctor: ${error.message}; --help shows the usage\n`)
    return 2
  }
}

async function visit(given: Arguments, surroundings: Surroundings): Promise<number> {
  const { format, timeoutMs = DEFAULT_TIMEOUT_MS } = given
  const { now, prompts } = surroundings
  const reporter = surroundings.reporter(format)
  reporter.begin?.(given.url)
  const examination = await examine({ ...given, now }, reporter)
  const { client, report, token } = examination
  try {
    const obstacle = whyNotInteractive(given, surroundings, examination)
    reporter.end(report, obstacle)
    if (obstacle === undefined && client && prompts) {
      await interact({ client, prompts, token, timeoutMs })
      surroundings.goodbye?.(examination)
    }
  } finally {
    await client?.disconnect()
  }
  return report.ok ? 0 : 1
}

function whyNotInteractive(
  { format }: Arguments,
  { prompts }: Surroundings,
  { client }: Examination,
): string | undefined {
  if (format !== 'pretty') return `not with ${format === 'json' ? '--json' : '--ci'}`
  if (!prompts) return 'needs a terminal'
  return client ? undefined : 'needs a connection: run this again once the above is fixed'
}
