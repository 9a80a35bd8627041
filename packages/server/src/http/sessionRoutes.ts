import {
  AcquiredSession,
  AcquireSession,
  MAX_METADATA_BYTES,
  Session,
  SESSION_ACQUIRE_PATH,
} from '@yektayar/protocol'
import type { SessionMetadata } from '@yektayar/protocol'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { CommandError } from '../commandError.js'
import type { Sessions, StoredSession } from '../sessions/sessions.js'
import { requireSession } from './bearer.js'
import { ErrorBody } from './errors.js'

/** Routes of a session's life over REST. */
export function registerSessionRoutes(instance: FastifyInstance, sessions: Sessions): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()

  app.addHook('onSend', (_request, reply, _payload, done) => {
    void reply.header('Cache-Control', 'no-store')
    done()
  })
  acceptEmptyJson(app)

  app.post(
    SESSION_ACQUIRE_PATH,
    {
      schema: {
        summary: 'Acquire an anonymous session',
        tags: ['session'],
        body: AcquireSession.nullish(),
        response: { 200: AcquiredSession, 400: ErrorBody, 413: ErrorBody, 503: ErrorBody },
      },
    },
    ({ body }) => {
      const metadata = body?.metadata ?? {}
      checkSize(metadata)
      return sessions.acquire(metadata)
    },
  )

  app.get(
    '/api/session',
    {
      schema: {
        summary: 'Show the session of the presented token',
        tags: ['session'],
        security: [{ bearer: [] }],
        response: { 200: Session, 401: ErrorBody, 503: ErrorBody },
      },
    },
    async (request) => describeSession(await requireSession(request, sessions)),
  )
}

/** Many HTTP clients announce JSON and then send no body; that is no metadata, not bad JSON. */
function acceptEmptyJson(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else void parseJson(request, String(body), done)
  })
}

function checkSize(metadata: SessionMetadata): void {
  if (Buffer.byteLength(JSON.stringify(metadata)) <= MAX_METADATA_BYTES) return
  throw new CommandError('invalid_input', 'The metadata is too large', {
    hint: `At most ${String(MAX_METADATA_BYTES)} bytes of JSON`,
  })
}

function describeSession(session: StoredSession): Session {
  return {
    id: session.id,
    userId: session.userId,
    isLoggedIn: session.userId !== null,
    metadata: session.metadata,
    createdAt: new Date(session.createdAt).toISOString(),
    expiresAt: new Date(session.expiresAt).toISOString(),
    lastActivityAt: new Date(session.lastActivityAt).toISOString(),
  }
}
