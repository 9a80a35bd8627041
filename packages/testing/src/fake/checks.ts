import { YektaYarError } from '@yektayar/client'
import { copyJson, describeIssues, validate } from '@yektayar/protocol'
import type { AnyContract, Json, Schema, ValidationIssue } from '@yektayar/protocol'
import { didYouMean, refusalOfIssues, refusals } from '@yektayar/protocol/rules'
import type { Refusal } from '@yektayar/protocol/rules'
import { errorOf } from './refusal.js'

/** The options of a fake server. */
const optionNames = ['commands', 'authenticate', 'authorize', 'product']

/**
 * Parses a value from the client.
 *
 * @throws {YektaYarError} `invalid_input`, as from a server
 */
export async function parse<Output>(
  schema: Schema<unknown, Output>,
  value: unknown,
  refusal: Refusal,
): Promise<Output> {
  const result = await validate(schema, value)
  if (result.ok) return result.value
  throw unfit(refusal, result.issues)
}

/** The error for a value that does not fit its schema, as from a server. */
export function unfit(refusal: Refusal, issues: readonly ValidationIssue[]): YektaYarError {
  return errorOf(refusalOfIssues(refusal, issues), { data: { issues } })
}

/**
 * Checks the payload of an event that a test is about to tell, and returns it as it travels.
 *
 * @throws {YektaYarError} `invalid_options` for an event that is not in the contract, otherwise
 * `invalid_input`
 */
export async function checkEvent(
  contract: AnyContract,
  name: string,
  given: unknown,
): Promise<Json | undefined> {
  const payload = given === undefined ? undefined : copyPayload(name, given)
  const result = await contract.check('event', name, payload)
  if (!result) {
    const question = didYouMean(name, Object.keys(contract.events)) ?? ''
    const text = `The contract has no event "${name}". ${question}`.trimEnd()
    throw new YektaYarError('invalid_options', text)
  }
  if (result.ok) return payload
  const { issues } = result
  const message = describeIssues(`The payload of ${name} breaks the contract`, issues)
  throw new YektaYarError('invalid_input', message, { data: { issues } })
}

/**
 * Checks the result of a handler. The message contains the reason, which a server would only log.
 *
 * @throws {YektaYarError} `internal_error`, as from a server in development
 */
export async function checkResult(schema: Schema, name: string, result: unknown): Promise<void> {
  const checked = await validate(schema, result)
  if (checked.ok) return
  const message = describeIssues(`The result of ${name} breaks the contract`, checked.issues)
  throw errorOf({ ...refusals.internalError, message })
}

/**
 * Copies what a handler has answered as it travels.
 *
 * @throws {YektaYarError} `internal_error` when it is not JSON, as a server answers it
 */
export function copyResult(name: string, result: unknown): Json | undefined {
  if (result === undefined) return undefined
  const copy = copyJson(result)
  if (copy.ok) return copy.value
  const { path, message } = copy.issue
  const what = `${path || 'it'} ${message}`
  throw errorOf({
    ...refusals.internalError,
    message: `The result of ${name} is not JSON: ${what}`,
  })
}

/** @throws {YektaYarError} `invalid_input` for what is not JSON */
export function copyPayload(what: string, payload: unknown): Json {
  const copy = copyJson(payload)
  if (copy.ok) return copy.value
  const { issue, cause } = copy
  const message = `${what}: ${issue.path || 'the payload'} ${issue.message}`
  throw new YektaYarError('invalid_input', message, { cause, data: { issues: [issue] } })
}

/** @throws {YektaYarError} `invalid_options` for what is passed in the place of a contract */
export function requireContract(given: unknown): void {
  const { commands, check } = (given ?? {}) as Partial<AnyContract> // looked at before use
  if (typeof commands === 'object' && typeof check === 'function') return
  throw new YektaYarError('invalid_options', 'The first argument is not a contract', {
    hint: 'Pass what extendContract() returns, or undefined for the core contract, and the options after it',
  })
}

/** @throws {YektaYarError} `invalid_options` for options that nothing reads, unless they are undefined */
export function refuseOptions(others: object): void {
  const name = Object.entries(others).find(([, value]) => value !== undefined)?.[0]
  if (name === undefined) return
  const question = didYouMean(name, optionNames)
  const message = `There is no option "${name}"${question === undefined ? '' : `. ${question}`}`
  throw new YektaYarError('invalid_options', message, {
    hint: `A server has the options ${optionNames.join(', ')}`,
  })
}
