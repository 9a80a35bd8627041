import { outro } from '@clack/prompts'
import { clackPrompts } from './interactive/clackPrompts.js'
import { jsonReporter } from './render/json.js'
import { plainReporter } from './render/plain.js'
import { closing, prettyReporter } from './render/pretty.js'
import { run } from './run.js'

const CRASHED = 1
const INTERRUPTED = 130
const FAREWELL_MS = 1_000
const SHOW_CURSOR = '\u001B[?25h'

const { stdin, stdout, stderr } = process
const isTerminal = stdin.isTTY && stdout.isTTY
// A terminal of unknown size, as under `script`, reports 0, so that nothing would fit.
if (stdout.columns === 0) Object.assign(stdout, { columns: 80, rows: 24 })
const print = (text: string): void => {
  stdout.write(text)
}

// On Ctrl-C, a spinner ends the process with code 0; every early end has to be a failure.
let exitCode = INTERRUPTED
process.on('exit', () => {
  if (stdout.isTTY) stdout.write(SHOW_CURSOR)
  process.exitCode = exitCode
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit())
}

// The reader of a pipe, such as `head`, has closed it.
stdout.on('error', () => process.exit())

exitCode = await run(process.argv.slice(2), {
  print,
  complain: (text) => {
    stderr.write(text)
  },
  reporter: (format) => {
    if (format === 'json') return jsonReporter(print)
    return format === 'pretty' && isTerminal ? prettyReporter(stdout) : plainReporter(print)
  },
  prompts: isTerminal ? clackPrompts() : undefined,
  goodbye: ({ report }) => {
    outro(closing(report))
  },
}).catch((error: unknown) => {
  console.error(error)
  return CRASHED
})
// Open handles, such as a disconnect that is not answered, must not keep the process running.
setTimeout(() => process.exit(), FAREWELL_MS).unref()
