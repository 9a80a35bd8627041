/** One reason why a value was refused. */
export interface ValidationIssue {
  /** The dotted path into the value; empty for the value itself. */
  readonly path: string
  readonly message: string
}
