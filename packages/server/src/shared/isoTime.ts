let last = { at: 0, text: new Date(0).toISOString() }

/**
 * A time in ISO 8601, in UTC. Making the text takes longer than the rest of a small command, and many
 * commands and messages share a millisecond.
 *
 * @param at milliseconds since 1970
 */
export function isoTime(at: number): string {
  if (last.at !== at) last = { at, text: new Date(at).toISOString() }
  return last.text
}
