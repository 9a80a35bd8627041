/**
 * The time by which the store decides what is valid and what is old, in milliseconds since 1970. The
 * processes on one SQLite file share a machine, so it is the clock of that machine.
 */
export function storeTime(): number {
  return Date.now()
}
