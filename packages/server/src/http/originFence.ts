import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { CommandError } from '../shared/commandError.js'
import { ORIGIN_HINT } from '../shared/originPolicy.js'

/** Refuses foreign origins on every route of this scope. */
export function addOriginFence(
  scope: FastifyInstance,
  admitOrigin: (request: IncomingMessage) => boolean,
): void {
  scope.addHook('onRequest', (request, _reply, done) => {
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
}
