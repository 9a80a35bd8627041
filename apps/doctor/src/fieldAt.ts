/** Reads a nested field of a value off the wire; `undefined` where there is none. */
export function fieldAt(value: unknown, ...path: string[]): unknown {
  let current = value
  for (const name of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = (current as Record<string, unknown>)[name] // any object can be asked for any name
  }
  return current
}

/** Like {@link fieldAt}, for text that is not empty. */
export function textAt(value: unknown, ...path: string[]): string | undefined {
  const field = fieldAt(value, ...path)
  return typeof field === 'string' && field !== '' ? field : undefined
}
