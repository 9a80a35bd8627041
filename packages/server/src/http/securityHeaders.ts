import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'

/** Headers of every data answer: no MIME sniffing, no referrer. */
export const apiHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}

/** Sources of a page by directive, as in a content security policy. */
export type PolicyDirectives = Readonly<Record<string, string[]>>

/**
 * The default content security policy of a page: only its own origin, including its WebSockets.
 */
const pagePolicy: PolicyDirectives = {
  'default-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
}

/** Sets `apiHeaders` on every answer of a scope. */
export function addApiHeaders(scope: FastifyInstance): void {
  scope.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(apiHeaders)
    done()
  })
}

/**
 * Sets Helmet's headers on every answer of a scope of pages, with a content security policy.
 *
 * `Strict-Transport-Security` is left to the proxy that terminates TLS: this server cannot know
 * whether HTTPS works for all subdomains that the header covers.
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
