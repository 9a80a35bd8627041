import type { FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'

/** Makes the routes of one scope take Zod schemas; the rest of the app keeps its own compilers. */
export function useZodSchemas(scope: FastifyInstance): void {
  scope.setValidatorCompiler(validatorCompiler)
  scope.setSerializerCompiler(serializerCompiler)
}
