import { CommandError } from '../commandError.js'

interface Branch {
  readonly value: object
  readonly depth: number
}

/**
 * Refuses input that no schema should ever see: nested too deep, binary, or with keys that pollute
 * prototypes. Walks without recursion, so the input cannot exhaust the stack.
 *
 * @throws {CommandError} `invalid_input`
 */
export function guardInput(input: unknown, maxDepth: number): void {
  const pending = branches([input], 1)
  let branch: Branch | undefined
  while ((branch = pending.pop())) {
    const { value, depth } = branch
    if (depth > maxDepth) {
      throw refused(`The input is nested deeper than ${String(maxDepth)} levels`)
    }
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      throw refused('The input contains binary data')
    }
    if (hasPollutingKey(value)) throw refused('The input contains a reserved key')
    pending.push(...branches(Object.values(value), depth + 1))
  }
}

function branches(values: readonly unknown[], depth: number): Branch[] {
  return values
    .filter((value) => typeof value === 'object' && value !== null)
    .map((value) => ({ value, depth }))
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
