import type { SeededRandom } from '@yektayar/testing'

/** What a message carries here: what its publisher called it, and something to fill it up. */
export function payloadOf(id: string, maxBytes: number, random: SeededRandom): string {
  return id.padEnd(random.between(0, maxBytes))
}

/** What the publisher of a message called it. */
export function idOf(data: unknown): string {
  if (typeof data === 'string') return data.trimEnd()
  throw new TypeError('A message was not sent by a publisher of these tests')
}
