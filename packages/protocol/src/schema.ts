import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describeIssues } from './describeIssues.js'
import type { ValidationIssue } from './validationIssue.js'
import { valueAt, withoutValue } from './withoutValue.js'

/** A schema of any library that implements Standard Schema: Zod, Valibot, ArkType … */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>

/** The parsed value, or the issues. */
export type ValidationResult<Output> =
  | { readonly ok: true; readonly value: Output }
  | {
      readonly ok: false
      readonly issues: readonly ValidationIssue[]
      /** The first issue and its place, to be added to a sentence: ` at "items[2].text": …`. */
      readonly reason: string
    }

const MAX_ISSUES = 10
const MAX_TEXT_LENGTH = 200

/**
 * Parses an unknown value with a schema; synchronously, unless the schema is asynchronous. Never
 * throws or rejects because of the value: an error of the schema becomes an issue. Returns at most
 * 10 issues, each text cut at 200 characters and without the value itself.
 */
export function validate<Output>(
  schema: Schema<unknown, Output>,
  value: unknown,
): ValidationResult<Output> | Promise<ValidationResult<Output>> {
  try {
    const result = run(schema, value)
    // Wrapped, since another library's promise may lack `catch()`.
    return 'then' in result
      ? Promise.resolve(result)
          .then((settled) => toResult(settled, value))
          .catch(couldNotCheck)
      : toResult(result, value)
  } catch {
    return couldNotCheck()
  }
}

/** What a schema of Zod 4 has inside. */
interface ZodInside {
  readonly _zod?: {
    run?(
      payload: { value: unknown; issues: unknown[] },
      context: { async: true },
    ): ZodPayload | Promise<ZodPayload>
  }
  safeParseAsync?(value: unknown): Promise<{ error?: StandardSchemaV1.FailureResult }>
}

interface ZodPayload {
  readonly value: unknown
  readonly issues: readonly unknown[]
}

type SchemaResult<Output> = StandardSchemaV1.Result<Output>

/**
 * Runs a schema. Zod's own `~standard` begins as if nothing in it were asynchronous: it runs a check that
 * is a second time, and leaves the first one's rejection unhandled, which ends a process of Node.js.
 */
function run<Output>(
  schema: Schema<unknown, Output>,
  value: unknown,
): SchemaResult<Output> | Promise<SchemaResult<Output>> {
  const zod = schema as ZodInside
  const payload = zod._zod?.run?.({ value, issues: [] }, { async: true })
  if (payload === undefined) return schema['~standard'].validate(value)
  const parsed = ({ value: output }: ZodPayload) => ({ value: output as Output }) // by its schema
  if (!(payload instanceof Promise))
    return payload.issues.length === 0 ? parsed(payload) : schema['~standard'].validate(value)
  return payload.then(async (settled) => {
    if (settled.issues.length === 0) return parsed(settled)
    const { error } = (await zod.safeParseAsync?.(value)) ?? {} // with the texts of its issues
    return { issues: error?.issues ?? [{ message: 'Invalid input' }] }
  })
}

function toResult<Output>(
  result: StandardSchemaV1.Result<Output>,
  value: unknown,
): ValidationResult<Output> {
  if (!result.issues) return { ok: true, value: result.value }
  return refused(boundIssues(result.issues, (issue) => toIssue(issue, value)))
}

function couldNotCheck(): ValidationResult<never> {
  return refused([{ path: '', message: 'The schema could not check this value' }])
}

function refused(issues: readonly ValidationIssue[]): ValidationResult<never> {
  return { ok: false, issues, reason: describeIssues('', issues) }
}

/** Describes the first 10 of a schema library's issues, each text cut at 200 characters. */
export function boundIssues<Issue>(
  issues: readonly Issue[],
  describe: (issue: Issue) => ValidationIssue,
): ValidationIssue[] {
  return issues
    .slice(0, MAX_ISSUES)
    .map(describe)
    .map(({ path, message }) => ({ path: cut(path), message: cut(message) }))
}

function toIssue({ path = [], message }: StandardSchemaV1.Issue, value: unknown): ValidationIssue {
  const keys = path.map((part) => (typeof part === 'object' ? part.key : part))
  return {
    path: keys.map(String).join('.'),
    message: withoutValue(message, valueAt(value, keys)),
  }
}

function cut(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH - 1)}…`
}
