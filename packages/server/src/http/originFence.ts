import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import { CommandError } from '../commandError.js'
import type { OriginPolicy } from '../origins.js'

/** Refuses foreign origins on every route of this scope and tells browsers about the allowed ones. */
export async function registerOriginFence(
  app: FastifyInstance,
  isOriginAllowed: OriginPolicy,
  corsCredentials: boolean,
): Promise<void> {
  app.addHook('onRequest', (request, _reply, done) => {
    if (isOriginAllowed(request.headers.origin, request.headers.host)) {
      done()
      return
    }
    done(
      new CommandError('origin_forbidden', 'This origin may not call the server', {
        hint: 'Add it to CORS_ORIGIN',
      }),
    )
  })
  // An app that answers preflights already keeps doing so.
  if (app.hasRoute({ method: 'OPTIONS', url: '/*' })) return
  // Strict preflights answer in plain text; any OPTIONS gets the same headers here and no body.
  await app.register(cors, {
    origin: true,
    credentials: corsCredentials,
    strictPreflight: false,
  })
}
