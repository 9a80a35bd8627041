/** The error for an invalid command line, with a one-line message for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'invalid_arguments'
}
