import { YektaYarError } from '@yektayar/client'
import { validate } from '@yektayar/protocol'
import type { AnyContract, Json, Schema, ValidationIssue } from '@yektayar/protocol'

/**
 * Parses what came from the client.
 *
 * @throws {YektaYarError} `invalid_input`, as the server refuses it
 */
export async function parse<Output>(
  schema: Schema<unknown, Output>,
  value: unknown,
  message: string,
): Promise<Output> {
  const result = await validate(schema, value)
  if (result.ok) return result.value
  throw new YektaYarError('invalid_input', message, { data: { issues: result.issues } })
}

/**
 * Checks the payload of an event that a test is about to tell.
 *
 * @throws {YektaYarError} `invalid_options` for an event that is not in the contract, else `invalid_input`
 */
export async function checkEvent(
  contract: AnyContract,
  name: string,
  payload: unknown,
): Promise<void> {
  const result = await contract.check('event', name, payload)
  if (!result) throw new YektaYarError('invalid_options', `There is no event ${name}`)
  if (!result.ok) throw broken('invalid_input', `The payload of ${name}`, result.issues)
}

/**
 * Checks what a handler has answered.
 *
 * @throws {YektaYarError} `internal_error`, as a server in development answers it
 */
export async function checkResult(schema: Schema, name: string, result: unknown): Promise<void> {
  const checked = await validate(schema, result)
  if (!checked.ok) throw broken('internal_error', `The result of ${name}`, checked.issues)
}

/** What is left of a value after a trip over the wire. */
export function overTheWire(value: unknown): Json | undefined {
  const text = JSON.stringify(value) as string | undefined // its type forgets `undefined`
  return text === undefined ? undefined : (JSON.parse(text) as Json)
}

function broken(
  code: 'invalid_input' | 'internal_error',
  what: string,
  issues: readonly ValidationIssue[],
): YektaYarError {
  const reasons = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message))
  const message = `${what} breaks the contract: ${reasons.join('; ')}`
  return new YektaYarError(code, message, { data: { issues } })
}
