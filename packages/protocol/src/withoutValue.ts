/** A shorter text is hidden only in quotes: it may be a part of any word. */
const MIN_BARE_LENGTH = 8

/**
 * A message of a schema without the value that was refused, which some libraries repeat: messages
 * of a chat do not belong into logs.
 */
export function withoutValue(message: string, value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') {
    return message.replace(/\b(received|was|got) -?\d[\d.e+-]*n?/g, '$1 …')
  }
  if (typeof value !== 'string' || value === '') return message
  const forms = [JSON.stringify(value), `"${value}"`, `'${value}'`, `\`${value}\``]
  const bare = value.length < MIN_BARE_LENGTH ? [] : [value]
  return [...forms, ...bare].reduce((text, form) => text.replaceAll(form, '…'), message)
}

/** What is at a path in a value; `undefined` where nothing is, or it cannot be read. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Readonly<Record<PropertyKey, unknown>>)[key]
  }
  return at
}
