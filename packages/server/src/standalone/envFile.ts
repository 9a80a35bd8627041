import { readFileSync } from 'node:fs'
import { OptionError } from '../shared/optionError.js'

const SPACE = String.raw`[^\S\n]*`
const COMMENT = String.raw`(?:#[^\n]*)?(?:\n|$)`
const NOTHING = new RegExp(SPACE + COMMENT, 'y')
const NAME = new RegExp(
  String.raw`${SPACE}(?:export[^\S\n]+)?([A-Za-z_][\w.-]*)${SPACE}=${SPACE}`,
  'y',
)
const IN_QUOTES = /"((?:\\[^]|[^"\\])*)"|'([^']*)'|`([^`]*)`/.source
const QUOTED = new RegExp(`(?:${IN_QUOTES})${SPACE}${COMMENT}`, 'y')
const BARE = /(?!["'`])([^\n]*)(?:\n|$)/y

const escapes: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' }

/**
 * Sets the variables of a file that are not set yet. A file that does not exist has none.
 *
 * @param environment receives the variables, such as `process.env`
 * @throws {OptionError} `invalid_options` where the file cannot be read, or has a line that is no
 * assignment; it names the line by its number, since its text may be a secret
 */
export function loadEnvFile(path: string, environment: Record<string, string | undefined>): void {
  for (const [name, value] of parseEnvFile(readText(path), path)) environment[name] ??= value
}

/**
 * Reads `NAME=value` lines: with `export`, spaces around `=`, quotes, values of several lines in
 * quotes, and comments, which begin with a `#` after a space. Of two lines with one name the last
 * one counts. The parsers of dotenv and Node.js end a value at any `#`, which passwords contain, and
 * skip lines that are no assignments.
 *
 * @throws {OptionError} `invalid_options` for a line that is neither of these
 */
export function parseEnvFile(source: string, path = '.env'): Map<string, string> {
  const text = source.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n')
  const values = new Map<string, string>()
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found) at = pattern.lastIndex
    return found
  }
  while (at < text.length) {
    if (take(NOTHING)) continue
    const line = text.slice(0, at).split('\n').length
    const refusal = (problem: string): OptionError =>
      new OptionError(`Line ${String(line)} of ${path} ${problem}`)
    const [, name] = take(NAME) ?? []
    if (name === undefined) throw refusal('is not NAME=value')
    const value = take(QUOTED) ?? take(BARE)
    if (!value) throw refusal(`has quotes around ${name} that do not end its value`)
    values.set(name, valueOf(value))
  }
  return values
}

/** A value without its quotes, escapes and comment. */
function valueOf([matched, first = '', second, third]: RegExpExecArray): string {
  if (matched.startsWith('"')) {
    return first.replaceAll(/\\([n"\\])/g, (_pair, character: string) => escapes[character] ?? '')
  }
  return second ?? third ?? first.replace(/(?:^|\s)#.*$/, '').trim()
}

/** A text in UTF-8, or in UTF-16 where it begins with that mark, as PowerShell writes it. */
function readText(path: string): string {
  try {
    const bytes = readFileSync(path)
    const mark = bytes.subarray(0, 2).toString('hex')
    const encoding = mark === 'fffe' ? 'utf-16le' : mark === 'feff' ? 'utf-16be' : 'utf-8'
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (cause) {
    if (cause instanceof TypeError) throw new OptionError(`${path} is not in UTF-8`, { cause })
    const { code = '' } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return ''
    throw new OptionError(`${path} cannot be read (${code})`, { cause })
  }
}
