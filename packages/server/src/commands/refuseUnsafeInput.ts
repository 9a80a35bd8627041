import { refusalOfInput } from '@yektayar/protocol/rules'
import { commandErrorOf } from '../shared/commandError.js'

/**
 * Refuses input that no schema should ever see. The parser has already limited its nesting depth.
 *
 * @throws {CommandError} `invalid_input`
 */
export function guardInput(input: unknown): void {
  const refusal = refusalOfInput(input)
  if (refusal) throw commandErrorOf(refusal)
}
