import type { FastifyBaseLogger } from 'fastify'
import type { Memberships } from '../rooms/memberships.js'
import type { Sessions } from '../sessions/sessions.js'
import { createAdmission } from './admission.js'
import { sessionRoom } from './connection.js'
import type { Connection, RealtimeServer } from './connection.js'
import type { Dispatcher } from './dispatcher.js'
import { logDecoderTo } from './guardedParser.js'
import type { LiveSessions } from './liveSessions.js'

/** What connections need. */
export interface ServeConnectionsOptions {
  sessions: Sessions
  live: LiveSessions
  memberships: Memberships
  dispatch: Dispatcher
  allowQueryToken: boolean
  log: FastifyBaseLogger
}

/** Lets connections in by their session, hands their packets on, and takes leave of them. */
export function serveConnections(io: RealtimeServer, options: ServeConnectionsOptions): void {
  io.use(createAdmission(options))
  io.on('connection', (connection) => {
    serve(connection, options)
  })
}

function serve(
  connection: Connection,
  { memberships, dispatch, log }: ServeConnectionsOptions,
): void {
  const { sessionId, isLoggedIn } = connection.data
  const connectionLog = log.child({ socketId: connection.id, sessionId })
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
  void connection.join(sessionRoom(sessionId))
  connection.emit('connected', {
    message: 'Connected to YektaYar server',
    socketId: connection.id,
    isLoggedIn,
  })
  connectionLog.debug('connected')
  connection.on('disconnect', (reason) => {
    memberships.lost(connection)
    connectionLog.debug({ reason }, 'disconnected')
  })
}

function ignore(): void {
  return undefined
}
