import type { ServerErrorCode } from './errors.js'

/** A failure on the wire: in acknowledgements, `command:failed`, `connect_error`, REST bodies. */
export interface AnswerError {
  readonly code: ServerErrorCode
  /** One sentence for a developer; never decide on its text. */
  readonly message: string
  /** What to do next, if something can be done. */
  readonly hint?: string | undefined
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  /** Details that depend on the code; for `invalid_input`, `{ issues: [{ path, message }] }`. */
  readonly data?: unknown
}

/** The argument of an acknowledgement: the command's result, or the failure. */
export type Answer<Data> =
  { readonly ok: true; readonly data: Data } | { readonly ok: false; readonly error: AnswerError }

/** The acknowledgement that a caller passes as the last argument of a command. */
export type Acknowledge<Data> = (answer: Answer<Data>) => void
