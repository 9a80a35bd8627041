import { refusalOfProtocol, tokenHints } from '@yektayar/protocol/rules'
import type { FastifyBaseLogger } from 'fastify'
import type { ExtendedError } from 'socket.io'
import { authenticate } from '../sessions/authenticate.js'
import type { ChangeCounter } from '../sessions/countChanges.js'
import { invalidToken } from '../shared/invalidToken.js'
import type { Sessions } from '../sessions/sessions.js'
import { commandErrorOf, isExpected, logFailure, toAnswerError } from '../shared/commandError.js'
import { whenDone, whenSettled } from '../shared/maybePromise.js'
import type { MaybePromise } from '../shared/maybePromise.js'
import type { Connection } from '../socketio/connection.js'
import { holdForTurn } from '../socketio/corkWrites.js'
import type { LiveSessions } from './connectionsBySession.js'
import { fieldOfAuth, readHandshakeToken } from './handshakeToken.js'

/** What admission needs. */
export interface AdmissionOptions {
  sessions: Sessions
  live: LiveSessions
  changeCounter: ChangeCounter
  /** Whether `query.token` counts where `auth.token` is missing. */
  allowQueryToken: boolean
  log: FastifyBaseLogger
}

/** Socket.IO middleware that lets a connection in by its session token; never throws. */
export function createAdmission(options: AdmissionOptions) {
  return (connection: Connection, next: (error?: ExtendedError) => void): void => {
    whenDone(
      () => admit(connection, options),
      () => {
        holdForTurn(connection) // Socket.IO's own answer, so that it leaves together with `connected`
        next()
      },
      (error) => {
        options.live.remove(connection)
        const socketId = connection.id
        if (isExpected(error))
          options.log.info({ socketId, code: error.code }, 'connection refused')
        else logFailure(options.log, 'connection refused', error, { socketId })
        next(toConnectError(error))
      },
    )
  }
}

function admit(
  connection: Connection,
  { sessions, live, changeCounter, allowQueryToken }: AdmissionOptions,
): MaybePromise<void> {
  const refusal = refusalOfProtocol(fieldOfAuth(connection.handshake, 'protocol'))
  if (refusal) throw commandErrorOf(refusal)
  const token = readHandshakeToken(connection.handshake, allowQueryToken)
  const { changes } = changeCounter
  const authenticated = authenticate(sessions, token, tokenHints.handshake)
  return whenSettled(authenticated, (session) => {
    connection.data = {
      sessionId: session.id,
      userId: session.userId,
      isLoggedIn: session.userId !== null,
      lastActivityAt: session.lastActivityAt,
      isEnded: false,
      rooms: undefined,
    }
    live.add(connection, session)
    // Whoever changes the session from here on finds the connection; whoever did before, perhaps
    // after it was read, has left it otherwise in the store.
    const isFresh = changeCounter.changes === changes
    return whenSettled(isFresh ? undefined : readAgain(connection, sessions), () => {
      // A transport that closed meanwhile never lets its connection say that it disconnected.
      if (connection.conn.readyState !== 'open') throw invalidToken()
    })
  })
}

async function readAgain({ data }: Connection, sessions: Sessions): Promise<void> {
  const session = await sessions.find(data.sessionId)
  if (session?.userId !== data.userId) throw invalidToken() // another user has another session
}

/** The guide fixes the message of a refusal; the code and the rest travel in `err.data`. */
function toConnectError(error: unknown): ExtendedError {
  const data = toAnswerError(error)
  return Object.assign(new Error(data.message), { data })
}
