/** What a message carries here: what its publisher called it. */
export function idOf(data: unknown): string {
  if (typeof data === 'string') return data
  throw new TypeError('A message was not sent by a publisher of these tests')
}
