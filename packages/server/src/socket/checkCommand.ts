import { validate } from '@yektayar/protocol'
import type { CommandDefinition } from '@yektayar/protocol'
import { CommandError } from '../commandError.js'

/**
 * Parses a command's payload.
 *
 * @throws {CommandError} `invalid_input`
 */
export async function parseInput(
  definition: CommandDefinition,
  payload: unknown,
): Promise<unknown> {
  const input = await validate(definition.input, payload)
  if (input.ok) return input.value
  throw new CommandError('invalid_input', 'The input does not fit this command', {
    data: { issues: input.issues },
  })
}

/** @throws {TypeError} when a command's result is not what its contract says */
export async function checkOutput(definition: CommandDefinition, output: unknown): Promise<void> {
  const checked = await validate(definition.output, output)
  if (checked.ok) return
  throw new TypeError(`The result breaks the contract: ${JSON.stringify(checked.issues)}`)
}
