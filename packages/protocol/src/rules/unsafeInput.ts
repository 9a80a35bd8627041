import { reservedKeyOf } from '../reservedKey.js'
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
    if (reservedKeyOf(value)) return refusals.reservedKey
    for (const child of Object.values(value) as unknown[]) if (isBranch(child)) pending.push(child)
  }
  return undefined
}

function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
