import { CommandError } from '../shared/commandError.js'

/**
 * Refuses input that no schema should ever see: binary, or with keys that pollute prototypes. How
 * deep it nests was measured before it was decoded. Walks without recursion all the same.
 *
 * @throws {CommandError} `invalid_input`
 */
export function guardInput(input: unknown): void {
  if (!isBranch(input)) return
  const pending: object[] = [input]
  let value: object | undefined
  while ((value = pending.pop())) {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      throw refused('The input contains binary data')
    }
    if (hasPollutingKey(value)) throw refused('The input contains a reserved key')
    for (const child of Object.values(value) as unknown[]) if (isBranch(child)) pending.push(child)
  }
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

function refused(message: string): CommandError {
  return new CommandError('invalid_input', message)
}
