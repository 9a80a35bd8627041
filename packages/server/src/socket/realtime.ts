import type { IncomingMessage } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import { Server } from 'socket.io'
import type { Limits } from '../limits.js'
import type { Metrics } from '../metrics/metrics.js'
import type { OriginPolicy } from '../origins.js'
import type { Sessions } from '../sessions/sessions.js'
import { createAdmission } from './admission.js'
import { sessionRoom } from './connection.js'
import type { RealtimeServer } from './connection.js'
import type { Dispatcher } from './dispatcher.js'
import { createParser, logDecoderTo } from './guardedParser.js'
import type { LiveSessions } from './liveSessions.js'
import { webSocketServer } from './webSocketServer.js'

/** What the Socket.IO side needs. */
export interface RealtimeOptions {
  sessions: Sessions
  live: LiveSessions
  dispatch: Dispatcher
  isOriginAllowed: OriginPolicy
  corsCredentials: boolean
  allowQueryToken: boolean
  limits: Limits
  metrics: Metrics
  log: FastifyBaseLogger
}

/** Creates the Socket.IO server, not yet attached to anything. */
export function createRealtime(options: RealtimeOptions): RealtimeServer {
  const {
    sessions,
    live,
    dispatch,
    isOriginAllowed,
    corsCredentials,
    allowQueryToken,
    limits,
    metrics,
    log,
  } = options
  const io: RealtimeServer = new Server({
    maxHttpBufferSize: limits.maxPayloadBytes,
    connectTimeout: limits.admissionTimeoutMs,
    wsEngine: webSocketServer(limits, metrics),
    parser: createParser({ limits, metrics, log }),
    cors: {
      origin: (origin, decide) => {
        decide(null, isOriginAllowed(origin, undefined))
      },
      credentials: corsCredentials,
    },
    // `cors` only tells browsers; this is the fence, and the only one that websockets have.
    allowRequest: (request, decide) => {
      const isAllowed = isOriginAllowed(request.headers.origin, request.headers.host)
      decide(isAllowed ? undefined : 'origin_forbidden', isAllowed)
    },
  })

  io.use(createAdmission({ sessions, live, allowQueryToken, log }))
  io.on('connection', (connection) => {
    const connectionLog = log.child({
      socketId: connection.id,
      sessionId: connection.data.sessionId,
    })
    logDecoderTo(connectionLog, connection)
    // Without a listener, an event that a client names "error" would end the process.
    connection.on('error', ignore)
    // Every running command listens for the close; how many there are is no leak.
    connection.setMaxListeners(0)
    connection.onAny((...packet: unknown[]) => {
      // One read can bring a DISCONNECT and more behind it.
      if (!connection.connected || connection.data.isEnded) return
      dispatch(connection, packet, connectionLog)
    })
    void connection.join(sessionRoom(connection.data.sessionId))
    connection.emit('connected', {
      message: 'Connected to YektaYar server',
      socketId: connection.id,
      isLoggedIn: connection.data.isLoggedIn,
    })
    connectionLog.debug('connected')
    connection.on('disconnect', (reason) => {
      connectionLog.debug({ reason }, 'disconnected')
    })
  })
  return io
}

function ignore(): void {
  return undefined
}

/** Logs why a handshake never became a connection; without query, which may carry a token. */
export function logHandshakeFailures(io: RealtimeServer, log: FastifyBaseLogger): void {
  io.engine.on(
    'connection_error',
    (error: { req?: IncomingMessage; message: string; code: number }) => {
      log.debug({ code: error.code, reason: error.message }, 'handshake failed')
    },
  )
}
