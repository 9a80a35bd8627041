import type { Schema } from './schema.js'

/** Any value that survives a trip through JSON unchanged. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }

/** Schema of a command that takes no payload. `null`, which JSON makes of `undefined`, and `{}` count as none. */
export const none: Schema<undefined> = {
  '~standard': {
    version: 1,
    vendor: 'yektayar',
    validate: (value) =>
      value === undefined || value === null || isEmptyObject(value)
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

function isEmptyObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return isPlain(value) && Object.keys(value).length === 0
}

function isJson(value: unknown): value is Json {
  if (isScalar(value)) return true
  const pending: unknown[] = [value]
  let seen: Set<unknown> | undefined // made only for what nests
  while (pending.length > 0) {
    const current = pending.pop()
    if (typeof current !== 'object' || current === null || !isPlain(current)) return false
    for (const child of Object.values(current) as unknown[]) {
      if (isScalar(child) || (child === undefined && !Array.isArray(current))) continue
      seen ??= new Set([value])
      if (seen.has(child)) continue
      seen.add(child)
      pending.push(child)
    }
  }
  return true
}

function isScalar(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value)
    default:
      return value === null
  }
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
