import type { IncomingMessage } from 'node:http'
import proxyAddress from '@fastify/proxy-addr'

/** Makes out the address of the peer behind a request. */
export type ClientAddress = (request: IncomingMessage) => string

/**
 * The one rule for REST and sockets, which is Fastify's own: the nearest address that is not a
 * trusted proxy. `X-Forwarded-For` counts only as far as trusted proxies wrote it.
 *
 * @param trustProxy addresses or CIDR ranges
 */
export function createClientAddress(trustProxy: readonly string[]): ClientAddress {
  // Who trusts nobody need not read what anybody has forwarded.
  if (trustProxy.length === 0) return ({ socket }) => socket.remoteAddress ?? ''
  const isTrusted = proxyAddress.compile([...trustProxy])
  return (request) => proxyAddress(request, isTrusted)
}
