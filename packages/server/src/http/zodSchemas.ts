import type { FastifyInstance } from 'fastify'
import type { FastifySerializerCompiler } from 'fastify/types/schema.js'
import type { ZodType as $ZodType } from 'zod'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'

/** Lets the routes of one scope use Zod schemas; the rest of the app keeps its own compilers. */
export function useZodSchemas(scope: FastifyInstance): void {
  scope.setValidatorCompiler(validatorCompiler)
  const compiler: FastifySerializerCompiler<$ZodType> = (route) =>
    // An error may be the app's own, in a shape of its own.
    /^[45]/.test(route.httpStatus ?? '') ? serializeError : serializerCompiler(route)
  scope.setSerializerCompiler(compiler)
}

/** What Fastify itself answers to an error inherits from it, and so would be left out of JSON. */
function serializeError(payload: unknown): string {
  if (!(payload instanceof Error)) return JSON.stringify(payload)
  const { statusCode, code, error, message } = payload as Error & Record<string, unknown>
  return JSON.stringify({ statusCode, code, error, message })
}
