/** `instanceof` for what an app has thrown, which may be a proxy that throws itself. */
export function isA<Kind>(
  value: unknown,
  kind: abstract new (...args: never[]) => Kind,
): value is Kind {
  try {
    return value instanceof kind
  } catch {
    return false
  }
}
