/** The own key of an object by which careless code changes prototypes; `undefined` for none. */
export function reservedKeyOf(value: object): string | undefined {
  if (Object.hasOwn(value, '__proto__')) return '__proto__'
  if (!Object.hasOwn(value, 'constructor')) return undefined
  const { constructor } = value as { constructor: unknown } // its own key, as checked above
  const isBranch = typeof constructor === 'object' && constructor !== null
  return isBranch && 'prototype' in constructor ? 'constructor' : undefined
}
