import { boundIssues, isServerErrorCode } from '@yektayar/protocol'
import type { AnswerError, ServerErrorCode } from '@yektayar/protocol'
import { refusalOfIssues, refusals } from '@yektayar/protocol/rules'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  CommandError,
  commandErrorOf,
  isCommandError,
  logFailure,
  toAnswerError,
} from '../shared/commandError.js'
import { apiHeaders } from './securityHeaders.js'

const statusByCode: Partial<Record<ServerErrorCode, number>> = {
  conflict: 409,
  forbidden: 403,
  handler_timeout: 504,
  invalid_input: 400,
  not_found: 404,
  origin_forbidden: 403,
  payload_too_large: 413,
  rate_limited: 429,
  server_draining: 503,
  store_full: 507,
  store_unavailable: 503,
  token_invalid: 401,
  token_required: 401,
  unauthorized: 401,
}

/** The headers of a failure that a script of another origin gets to see only if it is told so. */
export const exposedHeaders = ['Retry-After', 'WWW-Authenticate', 'X-Request-Id']

/** Codes of bodies that were cut on their way. */
export const truncations: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ERR_STREAM_PREMATURE_CLOSE',
  'FST_ERR_CTP_INVALID_CONTENT_LENGTH',
])

/** The body of every REST failure. */
export const ErrorBody = z.object({
  error: z.object({
    code: z.custom<ServerErrorCode>(isServerErrorCode).meta({ type: 'string' }),
    message: z.string(),
    hint: z.string().optional(),
    retryable: z.boolean(),
    data: z.unknown().optional(),
  }),
})

/** The HTTP status of a failure. */
export function statusOf(code: ServerErrorCode): number {
  return statusByCode[code] ?? 500
}

/** The seconds after which a refused request may be tried again, if known. */
export function retryAfterOf({ data }: AnswerError): number | undefined {
  const { retryAfterMs } = (data ?? {}) as { retryAfterMs?: unknown } // checked below
  return typeof retryAfterMs === 'number' ? Math.ceil(retryAfterMs / 1_000) : undefined
}

/** Answers a failed request in the one JSON shape, without a stack or internal details. */
export function sendError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = isCommandError(error) ? error : fromFastify(error)
  const answer = toAnswerError(known ?? error)
  const status = statusOf(answer.code)
  if (status >= 500) logFailure(request.log, 'request failed', known ?? error)
  const retryAfter = retryAfterOf(answer)
  if (retryAfter !== undefined) void reply.header('Retry-After', retryAfter)
  if (status === 401 && !reply.hasHeader('WWW-Authenticate')) {
    void reply.header('WWW-Authenticate', 'Bearer')
  }
  return reply
    .code(status)
    .headers(apiHeaders) // also outside of the scopes that set them
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify) // the error must not pass through the route's response schema
    .send({ error: answer })
}

/** Answers a request that matches no route. */
export function sendNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendError(commandErrorOf(refusals.nothingHere), request, reply)
}

/** Translates Fastify's own refusals; `undefined` when the client did not cause the failure. */
function fromFastify(error: unknown): CommandError | undefined {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = boundIssues(error.validation, ({ instancePath, message = '' }) => ({
      path: instancePath.slice(1).replaceAll('/', '.'),
      message,
    }))
    return commandErrorOf(refusalOfIssues(refusals.unfitRequest, issues), { data: { issues } })
  }
  const { statusCode, code = '' } = (error ?? {}) as Partial<FastifyError>
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return undefined
  if (truncations.has(code)) {
    return new CommandError('handler_timeout', 'The request did not arrive in full', {
      hint: 'Try again: nothing was done',
    })
  }
  if (statusCode === 401) return new CommandError('unauthorized', 'Wrong user name or password')
  if (statusCode === 404) return new CommandError('not_found', 'There is nothing at this address')
  if (statusCode === 413) {
    return new CommandError('payload_too_large', 'The request body is too large')
  }
  return new CommandError('invalid_input', 'The request is not valid', {
    hint: 'Send JSON with Content-Type: application/json',
  })
}
