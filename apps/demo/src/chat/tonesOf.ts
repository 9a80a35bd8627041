/** The number of colours for people. */
const TONES = 6

/**
 * The number of each person's colour, from 1, in the order in which they appear. Two have the same
 * only where there are more people than colours.
 */
export function tonesOf(ids: readonly string[]): ReadonlyMap<string, number> {
  const tones = new Map<string, number>()
  for (const id of ids) if (!tones.has(id)) tones.set(id, (tones.size % TONES) + 1)
  return tones
}
