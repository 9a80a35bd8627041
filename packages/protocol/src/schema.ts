import type { StandardSchemaV1 } from '@standard-schema/spec'

/** A schema of any library that implements Standard Schema: Zod, Valibot, ArkType … */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>

/** One reason why a value was refused. */
export interface ValidationIssue {
  /** The dotted path into the value; empty for the value itself. */
  readonly path: string
  readonly message: string
}

/** The parsed value, or the issues. */
export type ValidationResult<Output> =
  | { readonly ok: true; readonly value: Output }
  | { readonly ok: false; readonly issues: readonly ValidationIssue[] }

const MAX_ISSUES = 10
const MAX_TEXT_LENGTH = 200

/**
 * Parses an unknown value with a schema; synchronously, unless the schema is asynchronous. Never
 * throws or rejects because of the value: an error of the schema becomes an issue. Returns at most
 * 10 issues, each text cut at 200 characters.
 */
export function validate<Output>(
  schema: Schema<unknown, Output>,
  value: unknown,
): ValidationResult<Output> | Promise<ValidationResult<Output>> {
  try {
    const result = schema['~standard'].validate(value)
    // Wrapped, since another library's promise may lack `catch()`.
    return 'then' in result
      ? Promise.resolve(result).then(toResult).catch(couldNotCheck)
      : toResult(result)
  } catch {
    return couldNotCheck()
  }
}

function toResult<Output>(result: StandardSchemaV1.Result<Output>): ValidationResult<Output> {
  if (!result.issues) return { ok: true, value: result.value }
  return { ok: false, issues: boundIssues(result.issues, toIssue) }
}

function couldNotCheck(): ValidationResult<never> {
  return { ok: false, issues: [{ path: '', message: 'The schema could not check this value' }] }
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

function toIssue({ path = [], message }: StandardSchemaV1.Issue): ValidationIssue {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part))
  return { path: keys.join('.'), message }
}

function cut(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH - 1)}…`
}
