import type { FastifyInstance } from 'fastify'
import type { ClientAddress } from '../shared/clientAddress.js'

/**
 * The address of a peer as `request.ip` of the app says it, by whatever the app's own `trustProxy` is.
 * Sockets have no request of Fastify, so its getter is asked with the plain one.
 */
export function addressByApp(app: FastifyInstance): ClientAddress {
  const { prototype } = requestClassOf(app)
  return (request) => {
    const address: unknown = prototype && Reflect.get(prototype, 'ip', { raw: request })
    return typeof address === 'string' ? address : (request.socket.remoteAddress ?? '')
  }
}

/** The class of this app's requests; an empty one where Fastify keeps it elsewhere one day. */
function requestClassOf(app: FastifyInstance): { prototype?: object } {
  for (let owner: object | null = app; owner !== null; owner = Reflect.getPrototypeOf(owner)) {
    const key = Object.getOwnPropertySymbols(owner).find(
      ({ description }) => description === 'fastify.Request',
    )
    if (key) return (owner as Record<symbol, { prototype?: object }>)[key] ?? {}
  }
  return {}
}
