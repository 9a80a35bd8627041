import type { IncomingMessage } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import { Server } from 'socket.io'
import type { Limits } from '../limits.js'
import type { Metrics } from '../metrics/metrics.js'
import type { OriginPolicy } from '../origins.js'
import type { RealtimeServer } from './connection.js'
import { createParser } from './guardedParser.js'
import { webSocketServer } from './webSocketServer.js'

/** What a Socket.IO server of ours depends on. */
export interface RealtimeOptions {
  isOriginAllowed: OriginPolicy
  corsCredentials: boolean
  limits: Limits
  metrics: Metrics
  log: FastifyBaseLogger
}

/** Creates the Socket.IO server, not yet attached to anything. */
export function createRealtime({
  isOriginAllowed,
  corsCredentials,
  limits,
  metrics,
  log,
}: RealtimeOptions): RealtimeServer {
  return new Server({
    maxHttpBufferSize: limits.maxPayloadBytes,
    connectTimeout: limits.admissionTimeoutMs,
    wsEngine: webSocketServer(limits, metrics),
    parser: createParser({ limits, metrics, log }),
    cors: ({ headers }, decide) => {
      const isPolling = !('upgrade' in headers) // browsers ask nobody about websockets
      const origin = isPolling && isOriginAllowed(headers.origin, undefined)
      decide(null, { origin, credentials: corsCredentials })
    },
    // `cors` only tells browsers; this is the fence, and the only one that websockets have.
    allowRequest: (request, decide) => {
      const isAllowed = isOriginAllowed(request.headers.origin, request.headers.host)
      decide(isAllowed ? undefined : 'origin_forbidden', isAllowed)
    },
  })
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
