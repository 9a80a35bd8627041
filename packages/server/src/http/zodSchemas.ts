import type { FastifyInstance, FastifySchemaCompiler } from 'fastify'
import type { FastifySerializerCompiler } from 'fastify/types/schema.js'
import type { ZodType as $ZodType } from 'zod'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'

/** For routes with Zod schemas: `@fastify/response-validation` of an app around them reads others. */
export const zodRoute = { responseValidation: false } as const

/**
 * Lets the routes of one scope use Zod schemas; the rest of the app keeps its own compilers. Each route
 * gets them: those of a scope are replaced as soon as the app around it adds a schema.
 */
export function useZodSchemas(scope: FastifyInstance): void {
  const compiler: FastifySerializerCompiler<$ZodType> = (route) =>
    // An error may be the app's own, in a shape of its own.
    /^[45]/.test(route.httpStatus ?? '') ? serializeError : serializerCompiler(route)
  scope.addHook('onRoute', (route) => {
    route.validatorCompiler ??= validatorCompiler as FastifySchemaCompiler<unknown>
    route.serializerCompiler ??= compiler as FastifySerializerCompiler<unknown>
  })
  // An app's own serializer of replies is for its own routes.
  scope.addHook('preSerialization', (_request, reply, payload, done) => {
    const { statusCode } = reply
    reply.serializer(reply.getSerializationFunction(String(statusCode)) ?? serializeError)
    done(null, payload)
  })
}

/** What Fastify itself answers to an error inherits from it, and so would be left out of JSON. */
function serializeError(payload: unknown): string {
  if (!(payload instanceof Error)) return JSON.stringify(payload)
  const { statusCode, code, error, message } = payload as Error & Record<string, unknown>
  return JSON.stringify({ statusCode, code, error, message })
}
