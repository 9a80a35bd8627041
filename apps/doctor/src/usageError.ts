/** The command line cannot be followed; the message is one line for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'invalid_arguments'
}
