import { SESSION_LIST_PATH, SESSION_PATH, SessionSummary } from '@yektayar/protocol'
import { refusals } from '@yektayar/protocol/rules'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { StoredSession } from '../store/store.js'
import type { Sessions } from '../sessions/sessions.js'
import { commandErrorOf } from '../shared/commandError.js'
import type { RateLimit } from '../shared/rateLimit.js'
import { requireSession } from './bearer.js'
import { ErrorBody } from './errors.js'
import { describeCommon } from './sessionRoutes.js'
import { zodRoute } from './zodSchemas.js'

/** The pattern of a session id, so that the route matches no other path. */
const SESSION_ID = '^[0-9a-f-]{36}$'

/** Routes by which a user lists and ends their sessions. */
export function registerSessionListRoutes(
  instance: FastifyInstance,
  sessions: Sessions,
  calls: RateLimit,
): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()

  app.get(
    SESSION_LIST_PATH,
    {
      ...zodRoute,
      schema: {
        summary: 'List the sessions of the same user',
        tags: ['session'],
        security: [{ bearer: [] }],
        response: { 200: z.array(SessionSummary), 401: ErrorBody, 429: ErrorBody, 503: ErrorBody },
      },
    },
    async (request) => {
      const own = await requireSession(request, sessions, calls)
      const all = await sessions.listFor(own)
      return all.map((session) => summarize(session, own.id))
    },
  )

  app.delete(
    SESSION_PATH,
    {
      ...zodRoute,
      schema: {
        summary: 'End the session and close its connections',
        tags: ['session'],
        security: [{ bearer: [] }],
        response: { 204: z.null(), 401: ErrorBody, 429: ErrorBody, 503: ErrorBody },
      },
    },
    async (request, reply) => {
      const { id } = await requireSession(request, sessions, calls)
      await sessions.end(id)
      return reply.code(204).send(null)
    },
  )

  app.delete(
    `${SESSION_PATH}/:id(${SESSION_ID})`,
    {
      ...zodRoute,
      schema: {
        summary: 'End another session of the same user',
        tags: ['session'],
        security: [{ bearer: [] }],
        params: z.object({ id: z.string().max(64) }),
        response: { 204: z.null(), 401: ErrorBody, 429: ErrorBody, 404: ErrorBody, 503: ErrorBody },
      },
    },
    async (request, reply) => {
      const own = await requireSession(request, sessions, calls)
      const { id } = request.params
      const other = await sessions.find(id)
      const isMine = own.userId !== null && other?.userId === own.userId
      if (id !== own.id && !isMine) throw commandErrorOf(refusals.noSuchSession)
      await sessions.end(id)
      return reply.code(204).send(null)
    },
  )
}

function summarize(session: StoredSession, ownId: string): SessionSummary {
  return { ...describeCommon(session), isCurrent: session.id === ownId }
}
