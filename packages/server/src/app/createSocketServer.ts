import type { IncomingMessage } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import { Server } from 'socket.io'
import type { ServerOptions } from 'socket.io'
import { createParser } from '../guards/packetGuard.js'
import { exposedHeaders } from '../http/errors.js'
import type { RestSurface } from '../http/restRoutes.js'
import type { Limits } from '../shared/limits.js'
import type { ConnectionRefusal, Metrics } from '../shared/metrics.js'
import { ORIGIN_HINT } from '../shared/originPolicy.js'
import type { OriginPolicy, OriginRequest } from '../shared/originPolicy.js'
import { timerMs } from '../shared/timerMs.js'
import { createCluster } from '../socketio/clusterAdapter.js'
import type { Cluster } from '../socketio/clusterAdapter.js'
import type { RealtimeServer } from '../socketio/connection.js'
import { webSocketServer } from '../socketio/webSocketServer.js'
import type { Store } from '../store/store.js'

type CorsOptionsDelegate = Extract<ServerOptions['cors'], (...input: never) => unknown>

/** By which Engine.IO polls. */
const methods = ['GET', 'POST']

/** What a Socket.IO server of ours depends on. */
export interface RealtimeDeps {
  isOriginAllowed: OriginPolicy
  /** The same policy, called once for each connection; also logs refusals. */
  admitOrigin: (request: IncomingMessage) => boolean
  /** Where it is served. */
  path: string
  surface: Pick<RestSurface, 'corsHeaders' | 'corsCredentials'>
  store: Pick<Store, 'events'>
  limits: Limits
  metrics: Metrics
  log: FastifyBaseLogger
}

/** Creates the Socket.IO server, not yet attached to anything, and what connects it to those of other processes. */
export function createRealtime({
  isOriginAllowed,
  admitOrigin,
  path,
  surface: { corsHeaders, corsCredentials },
  store,
  limits,
  metrics,
  log,
}: RealtimeDeps): { io: RealtimeServer; cluster: Cluster } {
  const cluster = createCluster({
    ...store.events,
    send: (adapter) => {
      store.events.pass({ adapter })
    },
    log,
  })
  const cors: CorsOptionsDelegate = (request, decide) => {
    const isPolling = !('upgrade' in request.headers) // browsers send no preflight for WebSockets
    const origin = isPolling && isOriginAllowed(request as OriginRequest) // its types know the headers alone
    decide(null, { origin, credentials: corsCredentials, methods, exposedHeaders })
  }
  const io: RealtimeServer = new Server({
    path,
    adapter: cluster.adapter,
    maxHttpBufferSize: limits.maxPayloadBytes,
    connectTimeout: timerMs(limits.admissionTimeoutMs),
    wsEngine: webSocketServer(limits, metrics),
    parser: createParser({ limits, metrics, log }),
    ...(corsHeaders && { cors }),
    // `cors` only tells browsers; this is the fence, and the only one that websockets have.
    allowRequest: (request, decide) => {
      const isAllowed = admitOrigin(request)
      // Engine.IO answers an upgrade with exactly this text; the doctor and others match it.
      const hint = 'upgrade' in request.headers ? '' : `. ${ORIGIN_HINT}`
      decide(isAllowed ? undefined : `origin_forbidden${hint}`, isAllowed)
    },
  })
  return { io, cluster }
}

/** Why Engine.IO refuses a handshake, by its own number for it. */
const engineRefusals: Readonly<Record<number, ConnectionRefusal>> = {
  0: 'unknown_transport',
  1: 'unknown_sid',
  2: 'bad_handshake_method',
  3: 'bad_request',
  4: 'origin_forbidden',
  5: 'unsupported_protocol_version',
}

/** Counts and logs why a handshake never became a connection; without query, which may carry a token. */
export function logHandshakeFailures(
  io: RealtimeServer,
  metrics: Metrics,
  log: FastifyBaseLogger,
): void {
  io.engine.on(
    'connection_error',
    (error: { req?: IncomingMessage; message: string; code: number }) => {
      metrics.connectionRefused(engineRefusals[error.code] ?? 'bad_request')
      log.debug({ code: error.code, reason: error.message }, 'handshake failed')
    },
  )
}
