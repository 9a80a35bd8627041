/** Pseudo-random numbers; the same seed gives the same sequence. */
export interface SeededRandom {
  /** At least 0 and less than 1. */
  next(): number
  /** An integer, including both ends. */
  between(least: number, most: number): number
  /** A separate generator for a purpose; using one does not change the sequence of the other. */
  fork(purpose: string): SeededRandom
}

/** A generator with 32 bits of state (mulberry32): for repeatable plans, not for secrets. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    fork: (purpose) => seededRandom(hash(purpose, seed)),
  }
}

/** FNV-1a, starting with the seed. */
function hash(text: string, seed: number): number {
  let value = 0x811c9dc5 ^ seed
  for (const character of text)
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return value
}
