import { refusals } from './refusals.js'
import type { Refusal } from './refusals.js'

/**
 * The refusal of input that no schema should see: it contains binary data, or a key that pollutes
 * prototypes. Works without recursion, so that deep values cannot exhaust the stack.
 */
export function refusalOfInput(input: unknown): Refusal | undefined {
  if (!isBranch(input)) return undefined
  const pending: object[] = [input]
  let value: object | undefined
  while ((value = pending.pop())) {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return refusals.binaryInput
    if (hasPollutingKey(value)) return refusals.reservedKey
    for (const child of Object.values(value) as unknown[]) if (isBranch(child)) pending.push(child)
  }
  return undefined
}

function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function hasPollutingKey(value: object): boolean {
  if (Object.hasOwn(value, '__proto__')) return true
  if (!Object.hasOwn(value, 'constructor')) return false
  const { constructor } = value as { constructor: unknown } // its own key, as checked above
  return typeof constructor === 'object' && constructor !== null && 'prototype' in constructor
}
