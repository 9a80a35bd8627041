import basicAuth from '@fastify/basic-auth'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { CommandError } from '../shared/commandError.js'
import type { Product } from '../shared/productTexts.js'
import { describeAppRoute } from './describeRoutes.js'
import { isSameSecret } from './isSameSecret.js'
import type { PasswordFence } from './passwordFence.js'
import { addPageHeaders } from './securityHeaders.js'

/** The credentials with which the documentation can be read. */
export interface DocsCredentials {
  readonly username: string
  readonly password: string
}

/** What the documentation needs. */
export interface DocsDeps {
  /** Where it is served. */
  path: string
  expected: DocsCredentials
  checkPassword: PasswordFence
  product: Product
}

/** Serves Swagger UI and the OpenAPI document, every sub-path behind Basic Auth. */
export async function registerDocs(
  app: FastifyInstance,
  { path, expected, checkPassword, product }: DocsDeps,
): Promise<void> {
  await app.register(basicAuth, {
    authenticate: { realm: quotable(product.docsRealm) },
    validate: (username, password, { ip }, _reply, done) => {
      // Both are always compared, so that the response time does not reveal which one is wrong.
      const isKnown = (): boolean =>
        ![
          isSameSecret(username, expected.username),
          isSameSecret(password, expected.password),
        ].includes(false)
      try {
        const isRight = checkPassword(ip, isKnown)
        done(isRight ? undefined : new CommandError('unauthorized', 'Wrong user name or password'))
      } catch (error) {
        // Without a status code, the plugin would ask for another password.
        done(Object.assign(error as CommandError, { statusCode: 429 }))
      }
    },
  })
  await app.register(swagger, {
    openapi: {
      info: {
        title: product.platformName,
        description: product.description,
        version: product.version,
      },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
    transform: describeAppRoute,
  })
  app.register(async (scope) => {
    // A hook of the scope and not of single routes, so that no route can be forgotten.
    scope.addHook('onRequest', app.basicAuth)
    // Swagger UI inserts its style sheet by script, and has no nonce for it.
    await addPageHeaders(scope, { 'style-src': ["'self'", "'unsafe-inline'"] })
    await scope.register(swaggerUi, {
      routePrefix: path,
      uiConfig: { validatorUrl: null }, // it would tell somebody else about this server
    })
    scope.get(`${path}/*`, { schema: { hide: true } }, (_request, reply) => {
      reply.callNotFound() // even what is not there is only told to a reader
    })
  })
}

/** A name between the quotes of a header. Node sends other characters than ASCII in no fixed encoding. */
function quotable(name: string): string {
  return /^[ -~]*$/.test(name) ? name.replace(/["\\]/g, '\\$&') : 'API Documentation'
}
