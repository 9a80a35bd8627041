import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import {
  hasZodFastifySchemaValidationErrors,
  isResponseSerializationError,
} from 'fastify-type-provider-zod'
import { isCommandError } from '../shared/commandError.js'
import { sendError, truncations } from './errors.js'
import { apiHeaders } from './securityHeaders.js'

/** What Fastify refuses before a handler runs, and its plugin for passwords. */
const ofFastify = /^FST_(ERR|BASIC_AUTH)_/

/** Around what a handler of ours threw, to tell it from what a hook of the app did. */
class HandlerFailure extends Error {
  constructor(cause: unknown) {
    super('a handler failed', { cause })
  }
}

/**
 * Answers in our one shape what the routes of a scope themselves refuse. What hooks and plugins of the
 * app around them refuse, such as a rate limit for all routes, goes on to the app's error handler with
 * its status, code and headers.
 */
export function answerOwnErrors(scope: FastifyInstance): void {
  scope.addHook('onRoute', (route) => {
    route.handler = markFailures(route.handler)
  })
  scope.setErrorHandler((error, request, reply) => {
    if (error instanceof HandlerFailure) return sendError(error.cause, request, reply)
    if (isOwn(error)) return sendError(error, request, reply)
    throw error
  })
}

/**
 * Answers in our one shape what the server itself refuses, and what fails without a status. What routes and
 * plugins of the app refuse, such as a rate limit, keeps its status, code, message and headers.
 */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    if (isOwn(error) || !hasOwnStatus(error)) return sendError(error, request, reply)
    void reply.headers(apiHeaders)
    throw error // Fastify answers it
  })
}

/** Whether an error has a status of somebody else; that of Fastify's own refusals is ours to answer. */
function hasOwnStatus(error: unknown): boolean {
  const status = fieldOf(error, 'statusCode')
  const isOwnStatus = typeof status === 'number' && status >= 400 && status < 600 && status !== 500
  return isOwnStatus && !ofFastify.test(codeOf(error))
}

/** The `code` of an error; an app may throw anything, such as a `DOMException`, whose code is a number. */
function codeOf(error: unknown): string {
  const code = fieldOf(error, 'code')
  return typeof code === 'string' ? code : ''
}

function fieldOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined
}

function markFailures(handler: RouteHandlerMethod): RouteHandlerMethod {
  return async function (request: FastifyRequest, reply: FastifyReply) {
    try {
      const answer: unknown = await handler.call(this, request, reply)
      return answer
    } catch (error) {
      throw new HandlerFailure(error)
    }
  }
}

/** What our hooks, our schemas and the parsing of bodies refuse. */
function isOwn(error: unknown): boolean {
  if (isCommandError(error) || hasZodFastifySchemaValidationErrors(error)) return true
  const code = codeOf(error)
  return code.startsWith('FST_ERR_CTP_') || truncations.has(code) || isUnfitAnswer(error)
}

function isUnfitAnswer(error: unknown): boolean {
  return error instanceof Error && isResponseSerializationError(error)
}
