import { copyJson, describeIssues, json, validate } from '@yektayar/protocol'
import type { CommandDefinition, Json } from '@yektayar/protocol'
import { refusalOfIssues, refusals } from '@yektayar/protocol/rules'
import { commandErrorOf } from '../shared/commandError.js'
import { whenSettled } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'

/**
 * Parses a command's payload.
 *
 * @throws {CommandError} `invalid_input`
 */
export function parseInput({ input }: CommandDefinition, payload: unknown): MaybePromise<unknown> {
  if (input === json && payload !== undefined) return payload // it came as JSON
  return whenSettled(validate(input, payload), (result) => {
    if (result.ok) return result.value
    const { issues } = result
    throw commandErrorOf(refusalOfIssues(refusals.unfitInput, issues), { data: { issues } })
  })
}

/** @throws {TypeError} when a command's result does not match the contract */
export async function checkOutput(definition: CommandDefinition, output: unknown): Promise<void> {
  const checked = await validate(definition.output, output)
  if (checked.ok) return
  throw new TypeError(describeIssues('The result breaks the contract', checked.issues))
}

/**
 * Copies what an app's handler has answered as it will travel.
 *
 * @throws {TypeError} when it is not JSON
 */
export function copyResult(name: string, output: unknown): Json | undefined {
  if (output === undefined) return undefined
  const copy = copyJson(output)
  if (copy.ok) return copy.value
  const { issue, cause } = copy
  const what = `${issue.path || 'it'} ${issue.message}`
  throw new TypeError(`The result of ${name} is not JSON: ${what}`, { cause })
}
