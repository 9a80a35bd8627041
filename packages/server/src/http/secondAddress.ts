import type { FastifyInstance } from 'fastify'
import { sendNotFound } from './errors.js'

/**
 * Serves Socket.IO's polling on every address of `localhost`.
 *
 * Fastify listens on `127.0.0.1` and `::1` with two HTTP servers and forwards only upgrades from
 * the second to the first, where the engine is attached. This forwards the requests as well; on the
 * first server the engine takes them before any route does.
 */
export function registerSecondAddress(app: FastifyInstance, path: string): void {
  unprefixed(app).register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, parsed) => {
      parsed(null) // the engine reads the body
    })
    scope.route({
      method: ['GET', 'POST', 'OPTIONS'],
      url: `${path}/*`,
      schema: { hide: true },
      handler: (request, reply) => {
        // The engine matches the raw URL. One that it does not take would come back here endlessly.
        if (!request.raw.url?.startsWith(`${path}/`)) return sendNotFound(request, reply)
        reply.hijack()
        app.server.emit('request', request.raw, reply.raw)
      },
    })
    done()
  })
}

/** The app around a scope whose addresses have a prefix; the path of Socket.IO has none. */
function unprefixed(app: FastifyInstance): FastifyInstance {
  let scope = app
  while (scope.prefix !== '') scope = Object.getPrototypeOf(scope) as FastifyInstance // as Fastify makes scopes
  return scope
}
