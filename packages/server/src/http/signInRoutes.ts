import {
  ChangedSession,
  Credentials,
  SESSION_SIGN_IN_PATH,
  SESSION_SIGN_OUT_PATH,
} from '@yektayar/protocol'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { CommandError } from '../commandError.js'
import type { Limits } from '../limits.js'
import type { Metrics } from '../metrics/metrics.js'
import { perMinute, takeOrRefuse } from '../rateLimit.js'
import type { Sessions } from '../sessions/sessions.js'
import { requireSession } from './bearer.js'
import { ErrorBody } from './errors.js'

/** Where a sign-in comes from. */
export interface SignInContext {
  readonly sessionId: string
  /** The peer's address, as `trustProxy` makes it out. */
  readonly address: string
}

/** An app's own check of credentials: resolves with the user's id, or with `null` for wrong ones. */
export type Authenticate = (
  credentials: Credentials,
  context: SignInContext,
) => string | null | Promise<string | null>

/** What signing in needs. */
export interface SignInOptions {
  authenticate: Authenticate
  /** The account that credentials are for, so that tries at it can be counted. */
  accountOf: (credentials: Credentials) => string
  limits: Limits
}

/** Routes by which a session gets a user and loses it again; the session itself goes on. */
export function registerSignInRoutes(
  instance: FastifyInstance,
  sessions: Sessions,
  { authenticate, accountOf, limits }: SignInOptions,
  metrics: Metrics,
): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const byAddress = perMinute('signInsPerAddressPerMinute', limits, metrics)
  const byAccount = perMinute('signInsPerAccountPerMinute', limits, metrics)

  app.post(
    SESSION_SIGN_IN_PATH,
    {
      schema: {
        summary: 'Sign in: a new token in place of all others, the same session',
        tags: ['session'],
        security: [{ bearer: [] }],
        body: Credentials,
        response: {
          200: ChangedSession,
          400: ErrorBody,
          401: ErrorBody,
          429: ErrorBody,
          503: ErrorBody,
        },
      },
    },
    async (request) => {
      takeOrRefuse(byAddress, request.ip, 'sign-ins from this address')
      const { id } = await requireSession(request, sessions)
      takeOrRefuse(byAccount, accountOf(request.body), 'sign-ins to this account')
      const userId = await authenticate(request.body, { sessionId: id, address: request.ip })
      if (userId === null) throw new CommandError('unauthorized', 'Wrong credentials')
      return sessions.signIn(id, userId)
    },
  )

  app.post(
    SESSION_SIGN_OUT_PATH,
    {
      schema: {
        summary: 'Sign out: the session is anonymous again, with a new token',
        tags: ['session'],
        security: [{ bearer: [] }],
        response: { 200: ChangedSession, 401: ErrorBody, 503: ErrorBody },
      },
    },
    async (request) => {
      const { id } = await requireSession(request, sessions)
      return sessions.signOut(id)
    },
  )
}

/** The usual names of the field that says who somebody is. */
export function usualAccount({ username, email, phone }: Credentials): string {
  return (username ?? email ?? phone ?? '').trim().toLowerCase()
}
