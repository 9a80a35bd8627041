import { docsOf } from '@yektayar/protocol'

/** The code of an `OptionError`. */
export const optionErrorCode = 'invalid_options'

/** An option or environment variable that cannot work; thrown while the server is set up. */
export class OptionError extends Error {
  override readonly name = 'OptionError'
  readonly code = optionErrorCode
  /** The address of the docs of the code. */
  readonly docs = docsOf(optionErrorCode)
}
