/** The maximum number of messages in one row. */
const MAX_JOINED = 32

/** A row with this many bytes takes no further message. */
const FULL_ROW_BYTES = 64 * 1024

/** The maximum number of UTF-8 bytes for one character (UTF-16 unit) of a string. */
const MAX_BYTES_PER_CHARACTER = 3

/** Messages of one row. */
interface JoinedMessages {
  /** JSON: an array of them. */
  readonly json: string
  readonly count: number
}

/**
 * Joins messages into as few rows as possible.
 *
 * @param messages the JSON of each
 */
export function joinMessages(messages: readonly string[]): JoinedMessages[] {
  if (messages.length <= MAX_JOINED) return joinFew(messages)
  const rows: JoinedMessages[] = []
  for (let start = 0; start < messages.length; start += MAX_JOINED) {
    rows.push(...joinFew(messages.slice(start, start + MAX_JOINED)))
  }
  return rows
}

/** One row, unless they are large. */
function joinFew(messages: readonly string[]): JoinedMessages[] {
  const characters = messages.reduce((sum, { length }) => sum + length, 0)
  if (messages.length === 1 || characters * MAX_BYTES_PER_CHARACTER <= FULL_ROW_BYTES) {
    return [{ json: `[${messages.join(',')}]`, count: messages.length }]
  }
  const rows: JoinedMessages[] = []
  let items: string[] = []
  let bytes = 0
  for (const [index, item] of messages.entries()) {
    items.push(item)
    bytes += Buffer.byteLength(item)
    if (bytes < FULL_ROW_BYTES && index + 1 < messages.length) continue
    rows.push({ json: `[${items.join(',')}]`, count: items.length })
    items = []
    bytes = 0
  }
  return rows
}
