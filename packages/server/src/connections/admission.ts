import { refusalOfProtocol, refusals, tokenHints } from '@yektayar/protocol/rules'
import type { FastifyBaseLogger } from 'fastify'
import type { ExtendedError } from 'socket.io'
import type { ActivityNotes } from '../sessions/activityNotes.js'
import { findPresented } from '../sessions/authenticate.js'
import type { ChangeCounter } from '../sessions/countChanges.js'
import { invalidToken } from '../shared/invalidToken.js'
import type { Sessions } from '../sessions/sessions.js'
import { commandErrorOf, isExpected, toAnswerError } from '../shared/commandError.js'
import { isObserved, publish } from '../shared/diagnostics.js'
import { whenDone, whenSettled } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import type { Metrics } from '../shared/metrics.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import type { Connection } from '../socketio/connection.js'
import { holdForTurn } from '../socketio/corkWrites.js'
import type { StoredSession } from '../store/store.js'
import type { LiveSessions } from './connectionsBySession.js'
import { fieldOfAuth, readHandshakeToken } from './handshakeToken.js'

/** What admission needs. */
export interface AdmissionDeps {
  sessions: Sessions
  live: LiveSessions
  changeCounter: ChangeCounter
  /** Whether this process stood still, and may not know which sessions have ended. */
  isStale(this: void): boolean
  activity: Pick<ActivityNotes, 'arrived'>
  /** Whether `query.token` is used when `auth.token` is missing. */
  allowQueryToken: boolean
  metrics: Metrics
  logRefusal: RefusalLog
  log: FastifyBaseLogger
}

/** Socket.IO middleware that admits a connection by its session token; never throws. */
export function createAdmission(deps: AdmissionDeps) {
  return (connection: Connection, next: (error?: ExtendedError) => void): void => {
    const startedAt = performance.now()
    whenDone(
      () => admit(connection, deps),
      () => {
        holdForTurn(connection) // one write for Socket.IO's CONNECT answer and `connected`
        next()
      },
      (error) => {
        deps.live.remove(connection)
        next(report(error, connection, startedAt, deps))
      },
    )
  }
}

function admit(
  connection: Connection,
  { sessions, live, changeCounter, isStale, activity, allowQueryToken }: AdmissionDeps,
): MaybePromise<void> {
  const refusal = refusalOfProtocol(fieldOfAuth(connection.handshake, 'protocol'))
  if (refusal) throw commandErrorOf(refusal)
  const token = readHandshakeToken(connection.handshake, allowQueryToken)
  const { changes } = changeCounter
  const found = findPresented(sessions, token, tokenHints.handshake)
  return whenSettled(found, (session) => {
    // A client that was replaced asks for a free place, so that two never replace each other in turns.
    const isYielding = fieldOfAuth(connection.handshake, 'yields') === true
    if (isYielding && live.isFull(session.id)) throw commandErrorOf(refusals.sessionFull)
    connection.data = {
      sessionId: session.id,
      userId: session.userId,
      isLoggedIn: session.userId !== null,
      lastActivityAt: activity.arrived(session.id, session.lastActivityAt),
      isEnded: false,
      rooms: undefined,
    }
    live.add(connection, session)
    // From here on, a change of the session reaches this connection. A change between the read and
    // this point did not reach it, so the session is read again.
    const isFresh = changeCounter.changes === changes && !isStale()
    return whenSettled(isFresh ? undefined : readAgain(session, sessions), () => {
      // If the transport closed during admission, no disconnect event would remove the connection.
      if (connection.conn.readyState !== 'open') throw invalidToken()
    })
  })
}

/** A change of user replaces the session, and signing in again its tokens. */
async function readAgain(
  { id, userId, createdAt }: StoredSession,
  sessions: Sessions,
): Promise<void> {
  const session = await sessions.find(id)
  if (session?.userId !== userId || session.createdAt !== createdAt) throw invalidToken()
}

/** Counts and logs a refusal, and returns what the client gets of it. */
function report(
  error: unknown,
  { id: socketId }: Connection,
  startedAt: number,
  { metrics, logRefusal, log }: AdmissionDeps,
): ExtendedError {
  const data = toAnswerError(error)
  const { code } = data
  metrics.connectionRefused(code)
  if (isObserved('connection')) {
    publish('connection', startedAt, { event: 'refused', socketId, code })
  }
  log.debug({ socketId, code }, 'connection refused')
  // Thousands of clients may come back with the same fault, and each of them many times.
  const fault = isExpected(error) ? {} : { err: error }
  const level = isExpected(error) ? 'info' : 'error'
  logRefusal(`connection ${code}`, { socketId, code, ...fault }, 'connections refused', level)
  // The guide fixes the message of a refusal; the code and the rest travel in `err.data`.
  return Object.assign(new Error(data.message), { data })
}
