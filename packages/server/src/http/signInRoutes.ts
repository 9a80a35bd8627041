import {
  ChangedSession,
  SESSION_SIGN_IN_PATH,
  SESSION_SIGN_OUT_PATH,
  SignIn,
  SignOut,
} from '@yektayar/protocol'
import type { AnyContract, CoreContract, Credentials } from '@yektayar/protocol'
import { refusals } from '@yektayar/protocol/rules'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { AppContext, AppServices } from '../context/appContext.js'
import type { Sessions } from '../sessions/sessions.js'
import { commandErrorOf, toAnswerError } from '../shared/commandError.js'
import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import type { RateLimit } from '../shared/rateLimit.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import type { KnownSessions } from '../store/knownSessions.js'
import type { StrictLimits } from '../store/strictLimits.js'
import { requireSession } from './bearer.js'
import { ErrorBody } from './errors.js'
import { readUserId } from './signInAnswers.js'
import { createSignInLimits } from './signInLimits.js'
import { zodRoute } from './zodSchemas.js'

/** The origin of a sign-in attempt, and what an app can use to check it. */
export interface SignInContext<
  Contract extends AnyContract = CoreContract,
  Tables = object,
> extends AppContext<Contract, Tables> {
  readonly sessionId: string
  /** The peer's address, taken from `X-Forwarded-For` when `trustProxy` trusts the proxy. */
  readonly address: string
}

/** An app's own check of credentials. Returns the user's id, or `null` for wrong credentials. */
export type Authenticate<Contract extends AnyContract = CoreContract, Tables = object> = (
  credentials: Credentials,
  context: SignInContext<Contract, Tables>,
) => string | null | Promise<string | null>

/** What the sign-in routes need. */
export interface SignInDeps {
  authenticate: Authenticate
  /** The account of given credentials, for counting attempts. By default the usual fields name it. */
  accountOf: ((credentials: Credentials) => string) | undefined
  /** What an app can use to check them. */
  services: AppServices
  strictLimits: StrictLimits
  knownSessions: KnownSessions
  limits: Limits
}

const changedResponses = {
  200: ChangedSession,
  400: ErrorBody,
  401: ErrorBody,
  409: ErrorBody,
  429: ErrorBody,
  503: ErrorBody,
}

/** Routes that sign a user in and out. */
export function registerSignInRoutes(
  instance: FastifyInstance,
  sessions: Sessions,
  { authenticate, services, limits, ...counting }: SignInDeps,
  { calls, metrics, logRefusal }: { calls: RateLimit; metrics: Metrics; logRefusal: RefusalLog },
): void {
  const app = instance.withTypeProvider<ZodTypeProvider>()
  const signInLimits = createSignInLimits({ ...counting, limits, metrics, logRefusal })

  app.post(
    SESSION_SIGN_IN_PATH,
    {
      ...zodRoute,
      schema: {
        summary: 'Sign in: replace this session by one of the user, with a new token',
        tags: ['session'],
        security: [{ bearer: [] }],
        body: SignIn,
        response: changedResponses,
      },
    },
    async (request, reply) => {
      const { body, ip: address, log } = request
      const { socketId, ...credentials } = body
      const { id } = await requireSession(request, sessions, calls)
      if (socketId !== undefined) sessions.requireConnection(id, socketId)
      const check = async (): Promise<string | null> =>
        readUserId(
          await authenticate(credentials, {
            ...{ sessionId: id, address, log, signal: signalOf(reply) },
            ...services,
          }),
          log,
        )
      const userId = await countFailures(metrics, async () => {
        const found = await signInLimits.run({ sessionId: id, address, credentials }, check)
        if (found === null) throw commandErrorOf(refusals.wrongCredentials)
        return found
      })
      const changed = await sessions.signIn(id, userId, { socketId })
      signInLimits.continued(id, changed.id)
      return changed
    },
  )

  app.post(
    SESSION_SIGN_OUT_PATH,
    {
      ...zodRoute,
      schema: {
        summary: 'Sign out: replace this session by an anonymous one, with a new token',
        tags: ['session'],
        security: [{ bearer: [] }],
        body: SignOut.nullish(),
        response: changedResponses,
      },
    },
    async (request) => {
      const { id } = await requireSession(request, sessions, calls)
      const { socketId } = request.body ?? {}
      if (socketId !== undefined) sessions.requireConnection(id, socketId)
      const changed = await sessions.signOut(id, { socketId })
      signInLimits.continued(id, changed.id)
      return changed
    },
  )
}

/** Aborted when the peer has gone before it was answered. */
function signalOf({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController()
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort()
  })
  return controller.signal
}

async function countFailures<Result>(
  metrics: Metrics,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    metrics.signInFailed(toAnswerError(error).code)
    throw error
  }
}
