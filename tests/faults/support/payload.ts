import type { SeededRandom } from '@yektayar/testing'

/** The payload of a message: its publisher's id, padded to a random length. */
export function payloadOf(id: string, maxBytes: number, random: SeededRandom): string {
  return id.padEnd(random.between(0, maxBytes))
}

/** The publisher's id in the payload of a message. */
export function idOf(data: unknown): string {
  if (typeof data === 'string') return data.trimEnd()
  throw new TypeError('A message was not sent by a publisher of these tests')
}
