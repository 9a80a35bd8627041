/** Reads a nested field of a value from the wire; `undefined` if it does not exist. */
export function fieldAt(value: unknown, ...path: string[]): unknown {
  let current = value
  for (const name of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = (current as Record<string, unknown>)[name] // any name may be read
  }
  return current
}

/** Like {@link fieldAt}, for non-empty text. */
export function textAt(value: unknown, ...path: string[]): string | undefined {
  const field = fieldAt(value, ...path)
  return typeof field === 'string' && field !== '' ? field : undefined
}
