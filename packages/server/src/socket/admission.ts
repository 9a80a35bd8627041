import type { FastifyBaseLogger } from 'fastify'
import type { ExtendedError, Socket } from 'socket.io'
import { isCommandError, toAnswerError } from '../commandError.js'
import { authenticate } from '../sessions/authenticate.js'
import type { Sessions } from '../sessions/sessions.js'
import type { ConnectionData } from './connection.js'
import { readHandshakeToken } from './handshakeToken.js'

/** What admission needs. */
export interface AdmissionOptions {
  sessions: Sessions
  /** Whether `query.token` counts where `auth.token` is missing. */
  allowQueryToken: boolean
  log: FastifyBaseLogger
}

/** Socket.IO middleware that lets a connection in by its session token; never throws. */
export function createAdmission(options: AdmissionOptions) {
  return (socket: Socket, next: (error?: ExtendedError) => void): void => {
    admit(socket, options).then(
      (data) => {
        Object.assign(socket.data, data)
        next()
      },
      (error: unknown) => {
        const isExpected = isCommandError(error) && error.cause === undefined
        const details = isExpected ? { code: error.code } : { err: error }
        options.log[isExpected ? 'info' : 'error'](details, 'connection refused')
        next(toConnectError(error))
      },
    )
  }
}

async function admit(
  socket: Socket,
  { sessions, allowQueryToken }: AdmissionOptions,
): Promise<ConnectionData> {
  const token = readHandshakeToken(socket.handshake, allowQueryToken)
  const session = await authenticate(
    sessions,
    token,
    'Acquire a session with POST /api/session/acquire and pass its token as auth.token',
  )
  return {
    sessionId: session.id,
    userId: session.userId,
    isLoggedIn: session.userId !== null,
    lastActivityAt: session.lastActivityAt,
  }
}

/** The guide fixes the message of a refusal; the code and the rest travel in `err.data`. */
function toConnectError(error: unknown): ExtendedError {
  const data = toAnswerError(error)
  const message = isCommandError(error) ? error.message : data.message
  return Object.assign(new Error(message), { data })
}
