import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { exposedHeaders, sendNotFound } from './errors.js'

/** What one address of this scope takes, from all of its routes. */
interface Surface {
  readonly methods: Set<string>
  readonly headers: Set<string>
}

/** What a page may ask for where there is nothing. */
const anyMethod = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])

/**
 * Lets pages of other origins use every route of a scope that is registered from here on: answers
 * their preflights, and says what they may read. The app's own `@fastify/cors` goes on to answer for
 * the app's own routes.
 *
 * @param allowsCredentials whether browsers may send cookies along
 */
export function addCors(scope: FastifyInstance, allowsCredentials: boolean): void {
  const surfaces = new Map<string, Surface>()

  scope.addHook('onRequest', (request, reply, done) => {
    addToVary(reply, 'Origin')
    allowOrigin(request, reply, allowsCredentials) // other origins were refused before
    done()
  })

  scope.addHook('onRoute', function (this: FastifyInstance, route) {
    // With this, the app's own @fastify/cors adds nothing to the route.
    route.config = Object.assign(route.config ?? {}, { cors: false })
    if (route.method === 'OPTIONS') return
    const known = surfaces.get(route.url)
    const surface = known ?? { methods: new Set(), headers: new Set() }
    addRoute(surface, route)
    if (known) return
    surfaces.set(route.url, surface)
    this.options(route.routePath, { schema: { hide: true } }, (request, reply) =>
      answerPreflight(request, reply, surface),
    )
  })
}

/**
 * Answers what matches no route so that pages of allowed origins can read that too: the client of such
 * a page then knows that its address is wrong, and does not take it for a network that fails.
 */
export function notFoundForPages(
  isOriginAllowed: (request: FastifyRequest['raw']) => boolean,
  allowsCredentials: boolean,
) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    addToVary(reply, 'Origin')
    if (!isOriginAllowed(request.raw)) return sendNotFound(request, reply)
    allowOrigin(request, reply, allowsCredentials)
    const isPreflight =
      request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
    if (!isPreflight) return sendNotFound(request, reply)
    return answerPreflight(request, reply, { methods: anyMethod, headers: new Set() })
  }
}

function allowOrigin(
  { headers: { origin } }: FastifyRequest,
  reply: FastifyReply,
  allowsCredentials: boolean,
): void {
  if (origin === undefined) return
  void reply
    .header('Access-Control-Allow-Origin', origin)
    .header('Access-Control-Expose-Headers', exposedHeaders.join(', '))
  if (allowsCredentials) void reply.header('Access-Control-Allow-Credentials', 'true')
}

function addRoute({ methods, headers }: Surface, { method, schema }: RouteOptions): void {
  for (const name of [method].flat()) {
    methods.add(name)
    if (['POST', 'PUT', 'PATCH'].includes(name)) headers.add('content-type')
  }
  if (schema?.security) headers.add('authorization')
}

/** Allows what is asked for besides: tracing in browsers adds headers of its own to every request. */
function answerPreflight(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  surface: Surface,
): FastifyReply {
  const asked = headers['access-control-request-headers'] ?? ''
  const names = asked.split(',').map((name) => name.trim().toLowerCase())
  const allowed = new Set([...surface.headers, ...names.filter((name) => name !== '')])
  const methods = [...surface.methods].join(', ')
  addToVary(reply, 'Access-Control-Request-Headers')
  if (headers['access-control-request-method'] !== undefined) {
    void reply
      .header('Access-Control-Allow-Methods', methods)
      .header('Access-Control-Allow-Headers', [...allowed].join(', '))
  }
  return reply.code(204).header('Allow', `${methods}, OPTIONS`).send()
}

/** Keeps what other plugins have put there. */
function addToVary(reply: FastifyReply, name: string): void {
  const before = [reply.getHeader('Vary') ?? []].flat().map(String)
  void reply.header('Vary', [...before, name].join(', '))
}
