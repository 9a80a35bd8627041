import { nearestName } from '@yektayar/protocol/rules'
import { identity } from '../shared/productTexts.js'
import { variableHelp } from './config.js'

const COLUMN = 2 + Math.max(...variableHelp.map(({ name }) => name.length))

/** What a command says in place of starting the server. */
export interface ArgumentsAnswer {
  readonly text: string
  /** 0, or 2 for arguments that there are not. */
  readonly exitCode: number
}

/** Answers `--help`, `--version` and what is neither; `undefined` where there are no arguments. */
export function answerArguments(argv: readonly string[]): ArgumentsAnswer | undefined {
  const [unknown] = argv.filter((argument) => !/^(?:-h|--help|-v|--version)$/.test(argument))
  if (unknown !== undefined) return { text: refuse(unknown), exitCode: 2 }
  const [first] = argv
  if (first === undefined) return undefined
  return { text: /^-{1,2}h/.test(first) ? help() : identity.version, exitCode: 0 }
}

/** A refusal that repeats no value, which may be a secret. */
function refuse(argument: string): string {
  const name = argument.split('=', 1)[0] ?? ''
  const variable = name.replace(/^-+/, '').replaceAll('-', '_').toUpperCase()
  const names = variableHelp.map((known) => known.name)
  const isVariable = names.includes(variable)
  const nearest = isVariable ? variable : nearestName(variable, names)
  const advice =
    nearest === undefined
      ? '--help shows what there is'
      : `set ${nearest} in the environment or in .env`
  return `yektayar-server: there is no argument ${name}; ${advice}`
}

function help(): string {
  const rows = variableHelp.map(({ name, allowed, fallback }) => {
    const shown = fallback === undefined ? '' : ` [${fallback}]`
    return `  ${name.padEnd(COLUMN)}${allowed}${shown}`
  })
  return `Usage: yektayar-server [option]

Starts the server, with the variables of the environment and of .env in this folder.

  -h, --help     Show this
  -v, --version  Show the version

Variables, with their defaults in brackets:

${rows.join('\n')}
  ${'LIMIT_…'.padEnd(COLUMN)}a number for a limit, such as LIMIT_MAX_INPUT_DEPTH=16

docs/SERVER.md of this package says what they mean, and lists the limits.`
}
