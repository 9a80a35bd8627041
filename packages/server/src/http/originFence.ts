import type { IncomingMessage } from 'node:http'
import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'
import { CommandError } from '../shared/commandError.js'
import { ORIGIN_HINT } from '../shared/originPolicy.js'

/** Refuses foreign origins on every route of this scope and tells browsers about the allowed ones. */
export async function registerOriginFence(
  app: FastifyInstance,
  admitOrigin: (request: IncomingMessage) => boolean,
  corsCredentials: boolean,
): Promise<void> {
  app.addHook('onRequest', (request, _reply, done) => {
    if (admitOrigin(request.raw)) {
      done()
      return
    }
    done(
      new CommandError('origin_forbidden', 'This origin may not call the server', {
        hint: ORIGIN_HINT,
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
