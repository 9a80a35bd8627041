import {
  AcquiredSession,
  AcquireSession,
  MAX_METADATA_BYTES,
  Session,
  SESSION_ACQUIRE_PATH,
  SESSION_PATH,
  SESSION_RENEW_PATH,
} from '@yektayar/protocol'
import type { SessionMetadata } from '@yektayar/protocol'
import { refusals } from '@yektayar/protocol/rules'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { StoredSession } from '../store/store.js'
import type { StrictLimits } from '../store/strictLimits.js'
import type { Sessions } from '../sessions/sessions.js'
import { countedAddress } from '../shared/clientAddress.js'
import { commandErrorOf } from '../shared/commandError.js'
import type { Metrics } from '../shared/metrics.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import { rateLimited } from '../shared/rateLimit.js'
import type { RateLimit } from '../shared/rateLimit.js'
import { bearerToken, requireSession } from './bearer.js'
import { ErrorBody } from './errors.js'
import { zodRoute } from './zodSchemas.js'

/** What the routes need. */
export interface SessionRoutesDeps {
  /** Limits the REST calls of each session. */
  calls: RateLimit
  strictLimits: StrictLimits
  metrics: Metrics
  logRefusal: RefusalLog
}

/** REST routes that acquire, show and renew a session. */
export function registerSessionRoutes(
  instance: FastifyInstance,
  sessions: Sessions,
  { calls, ...limiting }: SessionRoutesDeps,
): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()

  app.addHook('onSend', (_request, reply, _payload, done) => {
    void reply.header('Cache-Control', 'no-store')
    done()
  })
  acceptEmptyJson(app)

  app.post(
    SESSION_ACQUIRE_PATH,
    {
      ...zodRoute,
      schema: {
        summary: 'Acquire an anonymous session',
        tags: ['session'],
        body: AcquireSession.nullish(),
        response: {
          200: AcquiredSession,
          400: ErrorBody,
          413: ErrorBody,
          429: ErrorBody,
          503: ErrorBody,
        },
      },
    },
    async ({ body, ip }) => {
      await chargeAddress(ip, limiting)
      const metadata = body?.metadata ?? {}
      checkSize(metadata)
      return sessions.acquire(metadata)
    },
  )

  app.get(
    SESSION_PATH,
    {
      ...zodRoute,
      schema: {
        summary: 'Show the session of the presented token',
        tags: ['session'],
        security: [{ bearer: [] }],
        response: { 200: Session, 401: ErrorBody, 429: ErrorBody, 503: ErrorBody },
      },
    },
    async (request) => describeSession(await requireSession(request, sessions, calls)),
  )

  app.post(
    SESSION_RENEW_PATH,
    {
      ...zodRoute,
      schema: {
        summary: 'Renew the session: a new token and a later expiry',
        tags: ['session'],
        security: [{ bearer: [] }],
        response: { 200: AcquiredSession, 401: ErrorBody, 429: ErrorBody, 503: ErrorBody },
      },
    },
    async (request) => {
      const { id } = await requireSession(request, sessions, calls)
      return sessions.renew(id, bearerToken(request))
    },
  )
}

/** @throws {CommandError} `rate_limited`, `store_unavailable` */
async function chargeAddress(
  address: string,
  { strictLimits, metrics, logRefusal }: Omit<SessionRoutesDeps, 'calls'>,
): Promise<void> {
  const limit = 'acquiresPerAddressPerMinute'
  const key = countedAddress(address)
  const charge = { name: limit, key, windowMs: 60_000, kind: 'bucket' } as const
  const outcome = await strictLimits.take([charge])
  if (!('refusal' in outcome)) return
  metrics.refused(limit)
  logRefusal(`${limit} ${key}`, { address, limit }, 'session refused by a limit')
  throw rateLimited('sessions acquired from this address', outcome.refusal.retryAfterMs, limit)
}

/** Accepts JSON requests with an empty body, which many HTTP clients send, as no metadata. */
function acceptEmptyJson(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json') // of the host app, such as one for signed webhooks
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else void parseJson(request, String(body), done)
  })
}

function checkSize(metadata: SessionMetadata): void {
  if (Buffer.byteLength(JSON.stringify(metadata)) <= MAX_METADATA_BYTES) return
  throw commandErrorOf(refusals.metadataTooLarge)
}

function describeSession(session: StoredSession): Session {
  const { userId } = session
  return { ...describeCommon(session), userId, isLoggedIn: userId !== null }
}

/** The fields that every view of a session contains. */
export function describeCommon(session: StoredSession) {
  return {
    id: session.id,
    metadata: session.metadata,
    createdAt: new Date(session.createdAt).toISOString(),
    expiresAt: new Date(session.expiresAt).toISOString(),
    lastActivityAt: new Date(session.lastActivityAt).toISOString(),
  }
}
