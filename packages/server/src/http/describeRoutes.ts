import type { FastifyInstance, FastifySchema } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'

type TransformInput = Parameters<typeof jsonSchemaTransform>[0]

const YIELDING = /:(\w+)\(\^\w+\)\w/

/**
 * The URL of a route that gives way to a route of the app with the same path, even one that is added later.
 * The router refuses two equal paths as duplicates, but prefers a path to a pattern that matches it. Two
 * patterns count as equal unless they end differently, so the last letter is not part of the pattern.
 */
export function yieldingUrl(name: string): string {
  return `/:${name}(^${name.slice(0, -1)})${name.slice(-1)}`
}

/**
 * Lets any `@fastify/swagger` around a scope describe its routes, whose schemas are none of JSON
 * Schema.
 *
 * @param isHidden whether they are left out instead
 */
export function describeRoutes(scope: FastifyInstance, isHidden: boolean): void {
  scope.addHook('onRoute', (route) => {
    if (isHidden) route.schema = { ...route.schema, hide: true }
    route.config = Object.assign(route.config ?? {}, { swaggerTransform: describe })
  })
}

/** Describes a route of the app itself, whose schemas are JSON Schema, or Zod where it compiles them so. */
export function describeAppRoute(input: TransformInput): ReturnType<typeof jsonSchemaTransform> {
  const { schema, url } = input
  return hasZod(schema) ? jsonSchemaTransform(input) : { schema, url }
}

function hasZod(schema: FastifySchema): boolean {
  const { body, querystring, params, headers, response } = schema
  const answers = Object.values((response ?? {}) as Record<string, unknown>) // by status
  return [body, querystring, params, headers, ...answers].some(
    (part) => typeof part === 'object' && part !== null && '_zod' in part,
  )
}

function describe(input: TransformInput): ReturnType<typeof jsonSchemaTransform> {
  const { schema, url } = input
  const place = url.replace(YIELDING, '$1')
  if (schema.hide === true) return { schema, url: place }
  if (!('openapiObject' in input)) return { schema: asSwagger2(input), url: place }
  const components = (input.openapiObject.components ??= {})
  components.securitySchemes = {
    bearer: { type: 'http', scheme: 'bearer' },
    ...components.securitySchemes,
  }
  return { ...jsonSchemaTransform(input), url: place }
}

/** Its schemas are those of OpenAPI 3.0; it has no scheme for bearer tokens. */
function asSwagger2(input: TransformInput) {
  const { schema: own, url, route } = input
  const document = { schema: own, url, route, openapiObject: { openapi: '3.0.3' } }
  const { schema } = jsonSchemaTransform(document)
  return { ...schema, security: [] }
}
