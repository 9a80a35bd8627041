import { types } from 'node:util'
import { StoreValueError } from '../storeValueError.js'

/**
 * Refuses what `pg` would store as something else: it takes `undefined` for NULL, a lone surrogate
 * for another character, and an unknown object for its JSON.
 *
 * @throws {StoreValueError}
 */
export function checkValues(statement: string, values: readonly unknown[]): void {
  for (const [index, value] of values.entries()) {
    const fault = faultOf(value)
    if (fault === undefined) continue
    throw new StoreValueError(
      `The database cannot store this in parameter ${index + 1} of ${statement.slice(0, MAX_QUOTED_LENGTH)}: ${fault}`,
    )
  }
}

const MAX_QUOTED_LENGTH = 200

/** Why a value cannot be stored as it is. */
function faultOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return faultOfText(value)
    case 'number':
      return Number.isFinite(value) ? undefined : String(value)
    case 'boolean':
    case 'bigint':
      return undefined
    case 'object':
      return value === null ? undefined : faultOfObject(value)
    default:
      return typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`
  }
}

function faultOfText(text: string): string | undefined {
  if (!(text as unknown as { isWellFormed(): boolean }).isWellFormed()) {
    return 'a text with a lone surrogate' // Node 20; not in ES2023
  }
  return text.includes('\0') ? 'a text with a NUL character' : undefined
}

function faultOfObject(value: object): string | undefined {
  if (types.isProxy(value)) return 'a Proxy'
  if (types.isPromise(value)) return 'a promise; await it first'
  if (Array.isArray(value)) return value.map(faultOf).find((fault) => fault !== undefined)
  if (types.isUint8Array(value)) return undefined
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'an invalid Date' : undefined
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) {
    return 'an object of a class; store JSON.stringify() of it'
  }
  return undefined
}
