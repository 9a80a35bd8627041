import { distance } from 'fastest-levenshtein'

/** A name that takes more changes than this is another word, not a slip. */
const MAX_CHANGES = 3

/** Longer than any name; what comes off the wire may be much longer. */
const MAX_LENGTH = 100

/** How many letters a shortened name has at least; fewer begin too many names. */
const MIN_PREFIX_LENGTH = 3

/**
 * The known name that a mistyped or shortened one was perhaps meant to be; letters of either case are
 * the same.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined
  let fewest = Math.min(MAX_CHANGES, Math.floor(name.length / 2))
  let nearest: string | undefined
  for (const candidate of known) {
    const [given, wanted] = [name.toLowerCase(), candidate.toLowerCase()]
    const isShort = given.length >= MIN_PREFIX_LENGTH && wanted.startsWith(given)
    const changes = isShort ? 1 : distance(given, wanted)
    if (changes > fewest || (nearest !== undefined && changes === fewest)) continue
    fewest = changes
    nearest = candidate
  }
  return nearest
}

/** The question for the nearest name, if there is one that is near: `Did you mean "corsOrigins"?` */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const nearest = nearestName(name, known)
  return nearest === undefined ? undefined : `Did you mean "${nearest}"?`
}
