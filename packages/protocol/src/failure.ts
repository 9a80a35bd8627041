import { z } from 'zod'
import { serverErrorCodes } from './errors.js'

/** A failure from the wire, as `AnswerError` describes it. */
export const Failure = z.object({
  code: z.enum(serverErrorCodes),
  message: z.string(),
  hint: z.string().optional(),
  retryable: z.boolean(),
  data: z.unknown().optional(),
})
export type Failure = z.infer<typeof Failure>
