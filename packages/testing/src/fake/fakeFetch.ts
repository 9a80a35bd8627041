import { YektaYarError } from '@yektayar/client'
import {
  AcquireSession,
  MAX_METADATA_BYTES,
  SESSION_ACQUIRE_PATH,
  SESSION_LIST_PATH,
  SESSION_PATH,
  SESSION_SIGN_IN_PATH,
  SESSION_SIGN_OUT_PATH,
  SignIn,
  SignOut,
} from '@yektayar/protocol'
import type {
  AnyContract,
  CoreContract,
  Credentials,
  SessionMetadata,
  SessionSummary,
} from '@yektayar/protocol'
import { readUserId, refusals } from '@yektayar/protocol/rules'
import { parse } from './checks.js'
import type { FakeNetwork } from './fakeNetwork.js'
import type { FakeServices } from './fakeServices.js'
import type { FakeSession, FakeSessions } from './fakeSessions.js'
import { errorOf, toAnswerError } from './refusal.js'
import { utf8Length } from './utf8Length.js'

/** What a check of credentials gets beside them, as from a server. */
export interface FakeSignInContext<
  Contract extends AnyContract = CoreContract,
> extends FakeServices<Contract> {
  /** The session that is about to be signed in. */
  readonly sessionId: string
  /** Always that of this computer. */
  readonly address: string
}

/** An app's own check of credentials. Returns the user's id, or `null` for wrong credentials. */
export type FakeAuthenticate<Contract extends AnyContract = CoreContract> = (
  credentials: Credentials,
  context: FakeSignInContext<Contract>,
) => string | null | Promise<string | null>

/** What the routes need. */
export interface RouteDeps {
  readonly sessions: FakeSessions
  readonly authenticate: ((credentials: Credentials, sessionId: string) => unknown) | undefined
  /** @throws {YektaYarError} `conflict` if an id is given that is not the session's connection */
  requireConnection(this: void, session: FakeSession, socketId: string | undefined): void
  /** Changes the user of a session. Resolves with the session's new token. */
  changeUser(
    this: void,
    session: FakeSession,
    userId: string | null,
    socketId: string | undefined,
  ): Promise<unknown>
  end(this: void, session: FakeSession): Promise<void>
}

/** The parts of a request that routes use. */
interface Request {
  readonly session: () => FakeSession
  /** The id after the route's path, if there is one. */
  readonly id: string | undefined
  readonly body: unknown
}

type Route = (request: Request, deps: RouteDeps) => unknown

const routes: Readonly<Record<string, Route>> = {
  [`POST ${SESSION_ACQUIRE_PATH}`]: async ({ body }, { sessions }) => {
    const { metadata } = await parse(AcquireSession, body ?? {}, refusals.unfitRequest)
    checkSize(metadata)
    return sessions.acquire(metadata)
  },
  [`POST ${SESSION_SIGN_IN_PATH}`]: async ({ session, body }, deps) => {
    if (!deps.authenticate) throw notFound('Nobody can sign in: give the option authenticate')
    const { socketId, ...credentials } = await parse(SignIn, body, refusals.unfitRequest)
    deps.requireConnection(session(), socketId)
    const { userId } = readUserId(await deps.authenticate(credentials, session().id))
    if (userId === null) throw errorOf(refusals.wrongCredentials)
    return deps.changeUser(session(), userId, socketId)
  },
  [`POST ${SESSION_SIGN_OUT_PATH}`]: async ({ session, body }, deps) => {
    const { socketId } = await parse(SignOut, body ?? {}, refusals.unfitRequest)
    const own = session()
    deps.requireConnection(own, socketId)
    return deps.changeUser(own, null, socketId)
  },
  [`GET ${SESSION_LIST_PATH}`]: ({ session }, { sessions }) =>
    sessions.ofSameUser(session()).map((each) => summaryOf(each, each === session())),
  [`DELETE ${SESSION_PATH}`]: ({ session, id }, { sessions, end }) => {
    const own = session()
    const ended = id ? sessions.ofSameUser(own).find((each) => each.id === id) : own
    if (!ended) throw errorOf(refusals.noSuchSession)
    return end(ended)
  },
}

/** Creates the `fetch` of one client, which knows only the session routes. */
export function createFakeFetch(deps: RouteDeps, network: FakeNetwork): typeof globalThis.fetch {
  return async (url, { method = 'GET', headers, body, signal } = {}) => {
    await untilAborted(signal ?? undefined, network.passage())
    const [, path = '', id] = /^(.*?)(?:\/(\w{32}))?$/.exec(new URL(url).pathname) ?? []
    const token = /^Bearer (.+)$/.exec(headerOf(headers, 'authorization'))?.[1] ?? ''
    try {
      const route = routes[`${method} ${path}`]
      if (!route) throw errorOf(refusals.nothingHere)
      const session = () => deps.sessions.require(token)
      const json: unknown = typeof body === 'string' ? JSON.parse(body) : undefined
      const result = await route({ session, id, body: json }, deps)
      return respond(result === undefined ? 204 : 200, result)
    } catch (error) {
      const failure = toAnswerError(error)
      return respond(failure.code === 'internal_error' ? 500 : 400, { error: failure })
    }
  }
}

function summaryOf(
  { id, metadata, createdAt, expiresAt }: FakeSession,
  isCurrent: boolean,
): SessionSummary {
  return {
    id,
    isCurrent,
    metadata,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
    lastActivityAt: new Date().toISOString(),
  }
}

/** @throws {YektaYarError} `invalid_input` */
function checkSize(metadata: SessionMetadata = {}): void {
  if (utf8Length(JSON.stringify(metadata)) > MAX_METADATA_BYTES)
    throw errorOf(refusals.metadataTooLarge)
}

function notFound(message: string): YektaYarError {
  return new YektaYarError('not_found', message)
}

function headerOf(headers: RequestInit['headers'], name: string): string {
  return (headers as Readonly<Record<string, string>> | undefined)?.[name] ?? '' // as the client gives them
}

/** A response with only what the client reads; jsdom itself has no `Response`. */
function respond(status: number, body: unknown): Response {
  const read = { ok: status < 300, status, json: () => Promise.resolve(body) }
  return read as unknown as Response
}

function untilAborted(signal: AbortSignal | undefined, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(new DOMException('The request was aborted', 'AbortError'))
    }
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    work.then(resolve, reject)
  })
}
