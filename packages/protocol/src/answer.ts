import type { ServerErrorCode } from './errors.js'

/** A failure as it travels: in acknowledgements, `command:failed`, `connect_error` and REST bodies. */
export interface AnswerError {
  readonly code: ServerErrorCode
  /** One sentence for a developer; never decide on its text. */
  readonly message: string
  /** What to do next, where there is something to do. */
  readonly hint?: string | undefined
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean
  /** Details by code; `invalid_input` carries `{ issues: [{ path, message }] }`. */
  readonly data?: unknown
}

/** What an acknowledgement receives: the command's result, or why there is none. */
export type Answer<Data> =
  { readonly ok: true; readonly data: Data } | { readonly ok: false; readonly error: AnswerError }

/** The acknowledgement that a caller passes as the last argument of a command. */
export type Acknowledge<Data> = (answer: Answer<Data>) => void
