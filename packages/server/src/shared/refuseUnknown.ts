import { OptionError } from '../shared/optionError.js'

/** A name that takes more changes than this is another word, not a slip. */
const MAX_CHANGES = 3

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

/** The question for the nearest name, if there is one that is near. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const [nearest] = known
    .map((candidate) => ({ candidate, changes: changesBetween(name, candidate) }))
    .sort((one, other) => one.changes - other.changes)
  const isNear = nearest && nearest.changes <= Math.min(MAX_CHANGES, name.length - 1)
  return isNear ? `Did you mean ${nearest.candidate}?` : undefined
}

/** How many letters have to be added, removed or replaced, without regard to case. */
function changesBetween(one: string, other: string): number {
  const [from, to] = [one.toLowerCase(), other.toLowerCase()]
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [i, letter] of Array.from(from).entries()) {
    const next = [i + 1]
    for (const [j, target] of Array.from(to).entries()) {
      const replaced = (row[j] ?? 0) + (letter === target ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
