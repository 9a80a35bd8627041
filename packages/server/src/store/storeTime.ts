/**
 * The time by which the store decides what has expired, in milliseconds since 1970. All processes
 * that use one SQLite file run on one machine, so it is the clock of that machine.
 */
export function storeTime(): number {
  return Date.now()
}
