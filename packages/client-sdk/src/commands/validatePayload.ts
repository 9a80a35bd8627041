import type { AnyContract, ContractPart } from '@yektayar/protocol'
import { YektaYarError } from '../shared/yektaYarError.js'

/**
 * Parses a value with the contract, if there is one and it contains the name.
 *
 * @throws {YektaYarError} `invalid_input`, or `invalid_answer` for a value from the server; with
 * `{ issues: [{ path, message }] }`
 */
export async function validatePayload(
  contract: AnyContract | undefined,
  part: ContractPart,
  name: string,
  value: unknown,
): Promise<unknown> {
  const result = await contract?.check(part, name, value)
  if (!result) return value
  if (result.ok) return result.value
  const code = part === 'input' ? 'invalid_input' : 'invalid_answer'
  const { issues, reason } = result
  throw new YektaYarError(code, `${name}: Invalid ${part}${reason}`, {
    mayHaveRun: part === 'output',
    data: { issues },
  })
}
