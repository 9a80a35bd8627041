/**
 * The seed of a run: the requested one; in CI, the date as YYYYMMDD, so that the faults change
 * daily but all runs of a day agree; otherwise a random one.
 */
export function faultSeed(
  { FAULT_SEED, CI }: Readonly<Record<string, string | undefined>>,
  date = new Date(),
): number {
  if (FAULT_SEED) return Number(FAULT_SEED)
  if (CI && CI !== 'false') return Number(date.toISOString().slice(0, 10).replaceAll('-', ''))
  return Math.floor(Math.random() * 2 ** 31)
}
