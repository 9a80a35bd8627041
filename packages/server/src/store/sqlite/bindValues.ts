import { types } from 'node:util'
import { parameterColumns } from './parameterColumns.js'
import { StoreValueError } from '../storeValueError.js'

/**
 * The longest text of one value, in characters. libsql (0.5) crashes the process when it reads a
 * text that exceeds V8's maximum string length, about 512 MiB of UTF-8.
 */
const MAX_TEXT_LENGTH = 128 * 1024 * 1024

/** How much of a statement an error quotes. */
const MAX_QUOTED_LENGTH = 200

/**
 * Converts the values of a statement for libsql: booleans become 0 and 1.
 *
 * libsql (0.5) crashes the process when it gets a boolean, turns NaN and `undefined` into NULL, and
 * reads back lone surrogates and text after a NUL differently. So every value is checked first.
 *
 * @param count how many values the statement takes, if known
 * @throws {StoreValueError} for a value that the database cannot store; it names the column
 */
export function bindValues(
  sql: string,
  values: readonly unknown[],
  count: number | undefined,
): readonly unknown[] {
  if (count !== undefined && values.length !== count) {
    throw new StoreValueError(
      `The statement takes ${String(count)} values, not ${String(values.length)}: ${quote(sql)}`,
    )
  }
  let bound: unknown[] | undefined
  for (let index = 0; index < values.length; index++) {
    const value = values[index]
    if (typeof value === 'boolean') {
      bound ??= [...values]
      bound[index] = value ? 1 : 0
    } else {
      const fault = faultOf(value)
      if (fault !== undefined) throw refuse(sql, index, fault)
    }
  }
  return bound ?? values
}

/** How many values a statement takes; `undefined` if its parameters have numbers or names. */
export function countParameters(sql: string): number | undefined {
  return parameterColumns(sql)?.length
}

/** Why a value cannot be bound. */
function faultOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return faultOfText(value)
    case 'number':
      return Number.isFinite(value) ? undefined : String(value)
    case 'object':
      return value === null || types.isUint8Array(value) ? undefined : kindOf(value)
    case 'undefined':
      return 'undefined'
    default:
      return `a ${typeof value}`
  }
}

function faultOfText(text: string): string | undefined {
  if (text.length > MAX_TEXT_LENGTH) return `a text of ${String(text.length)} characters`
  if (!isWellFormed(text)) return 'a text with a lone surrogate'
  return text.includes('\0') ? 'a text with a NUL character' : undefined
}

/** Whether a text has no lone surrogates, which UTF-8 cannot hold. */
function isWellFormed(text: string): boolean {
  return (text as unknown as { isWellFormed(): boolean }).isWellFormed() // Node 20; not in ES2023
}

function kindOf(value: object): string {
  if (types.isDate(value)) return 'a Date; store getTime() or toISOString() of it'
  if (types.isProxy(value)) return 'a Proxy'
  if (types.isPromise(value)) return 'a promise; await it first'
  if (Array.isArray(value)) return 'an array; store JSON.stringify() of it'
  if (types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value)) {
    return 'a buffer that is not a Uint8Array'
  }
  return 'an object; store JSON.stringify() of it'
}

function refuse(sql: string, index: number, fault: string): StoreValueError {
  const column = parameterColumns(sql)?.[index]
  const place = column ?? `parameter ${String(index + 1)} of ${quote(sql)}`
  return new StoreValueError(`The database cannot store this in ${place}: ${fault}`, column)
}

function quote(sql: string): string {
  return sql.length <= MAX_QUOTED_LENGTH ? sql : `${sql.slice(0, MAX_QUOTED_LENGTH)}…`
}
