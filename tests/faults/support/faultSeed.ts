/**
 * The seed of a run: the one that was asked for, in CI the date as YYYYMMDD, so that each day brings
 * other faults and each run of a day the same, elsewhere any.
 */
export function faultSeed(
  { FAULT_SEED, CI }: Readonly<Record<string, string | undefined>>,
  date = new Date(),
): number {
  if (FAULT_SEED) return Number(FAULT_SEED)
  if (CI && CI !== 'false') return Number(date.toISOString().slice(0, 10).replaceAll('-', ''))
  return Math.floor(Math.random() * 2 ** 31)
}
