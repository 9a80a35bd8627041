import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

/** What belongs on every answer that is data: it is of the type that it says, and nobody's referrer. */
export const apiHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}

/** Sources of a page by directive, as in a content security policy. */
export type PolicyDirectives = Readonly<Record<string, string[]>>

/**
 * What a page of ours may load, if it says nothing else: what is of the same origin, the same
 * origin's WebSockets included.
 */
const pagePolicy: PolicyDirectives = {
  'default-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
}

/** Sets the headers of data on every answer of a scope. */
export function addApiHeaders(scope: FastifyInstance): void {
  scope.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(apiHeaders)
    done()
  })
}

/**
 * Sets Helmet's headers on every answer of a scope of pages, with a content security policy.
 *
 * HTTPS is the business of whoever terminates it: this server knows nothing about the other names
 * below its own, for which `Strict-Transport-Security` would speak.
 */
export async function addPageHeaders(
  scope: FastifyInstance,
  directives: PolicyDirectives = {},
): Promise<void> {
  await scope.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { ...pagePolicy, ...directives } },
    strictTransportSecurity: false,
  })
}
