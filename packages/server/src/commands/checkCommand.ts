import { json, validate } from '@yektayar/protocol'
import type { CommandDefinition } from '@yektayar/protocol'
import { refusals } from '@yektayar/protocol/rules'
import { commandErrorOf } from '../shared/commandError.js'
import { isPromise, whenSettled } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'

/**
 * Parses a command's payload.
 *
 * @throws {CommandError} `invalid_input`
 */
export function parseInput({ input }: CommandDefinition, payload: unknown): MaybePromise<unknown> {
  return whenSettled(validate(input, payload), (result) => {
    if (result.ok) return result.value
    throw commandErrorOf(refusals.unfitInput, { data: { issues: result.issues } })
  })
}

/** @throws {TypeError} when a command's result is not what its contract says */
export async function checkOutput(definition: CommandDefinition, output: unknown): Promise<void> {
  const checked = await validate(definition.output, output)
  if (checked.ok) return
  throw new TypeError(`The result breaks the contract: ${JSON.stringify(checked.issues)}`)
}

/** @throws {TypeError} when a result that is to be kept is not JSON */
export function requireJson(name: string, output: unknown): void {
  if (output === undefined) return
  const checked = validate(json, output)
  if (isPromise(checked) || !checked.ok) throw new TypeError(`The result of ${name} is not JSON`)
  try {
    JSON.stringify(output)
  } catch (cause) {
    throw new TypeError(`The result of ${name} is not JSON: it has a cycle, or no end`, { cause })
  }
}
