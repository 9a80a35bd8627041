import type { Schema } from './schema.js'

/** Any value that survives a trip through JSON unchanged. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }

/** Schema of a command that takes no payload. `null`, which JSON makes of `undefined`, counts as none. */
export const none: Schema<undefined> = {
  '~standard': {
    version: 1,
    vendor: 'yektayar',
    validate: (value) =>
      value === undefined || value === null
        ? { value: undefined }
        : { issues: [{ message: 'This command takes no payload' }] },
  },
}

/** Schema of any JSON value. Walks without recursion, so no depth can exhaust the stack. */
export const json: Schema<Json> = {
  '~standard': {
    version: 1,
    vendor: 'yektayar',
    validate: (value) =>
      isJson(value)
        ? { value }
        : {
            issues: [
              { message: 'Expected a JSON value: string, number, boolean, null, array or object' },
            ],
          },
  },
}

function isJson(value: unknown): value is Json {
  const seen = new Set<object>()
  const pending: unknown[] = [value]
  while (pending.length > 0) {
    const current = pending.pop()
    if (typeof current === 'string' || typeof current === 'boolean' || current === null) continue
    if (typeof current === 'number' && Number.isFinite(current)) continue
    if (typeof current !== 'object' || !isPlain(current)) return false
    if (seen.has(current)) continue
    seen.add(current)
    for (const child of Object.values(current) as unknown[]) {
      if (child !== undefined || Array.isArray(current)) pending.push(child)
    }
  }
  return true
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
