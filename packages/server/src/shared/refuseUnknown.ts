import { didYouMean } from '@yektayar/protocol/rules'
import { OptionError } from './optionError.js'

/**
 * Refuses options that nothing reads, and names the one that was perhaps meant. One that is
 * `undefined` counts as not given.
 *
 * @param where what the options are for, as in `metrics.`
 * @param elsewhere what to say about names of options that others take
 * @throws {OptionError} `invalid_options`
 */
export function refuseUnknown(
  options: object,
  known: readonly string[],
  where = '',
  elsewhere: Readonly<Record<string, string>> = {},
): void {
  const unknown = Object.entries(options)
    .filter(([name, value]) => value !== undefined && !known.includes(name))
    .map(([name]) => `${where}${name} is no option. ${elsewhere[name] ?? suggestion(name, known)}`)
  if (unknown.length > 0) throw new OptionError(unknown.join('; '))
}

function suggestion(name: string, known: readonly string[]): string {
  return didYouMean(name, known) ?? `Allowed: ${known.join(', ')}`
}
