import { welcomeOf } from '@yektayar/protocol/rules'
import type { FastifyBaseLogger } from 'fastify'
import { Caller } from '../commands/commandTracker.js'
import { keepPacketIds } from '../commands/packetArguments.js'
import type { Dispatcher } from '../commands/dispatcher.js'
import { countPacket, decodeFor } from '../guards/packetGuard.js'
import type { Memberships } from '../rooms/memberships.js'
import type { ActivityNotes } from '../sessions/activityNotes.js'
import type { ChangeCounter } from '../sessions/countChanges.js'
import type { Sessions } from '../sessions/sessions.js'
import type { Draining } from '../shared/draining.js'
import { isObserved, publish } from '../shared/diagnostics.js'
import type { Metrics } from '../shared/metrics.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import { identityRooms } from '../socketio/connection.js'
import type { Connection, RealtimeServer } from '../socketio/connection.js'
import { guardHooks } from '../socketio/guardHooks.js'
import { skipUnheard } from '../socketio/skipUnheard.js'
import { createAdmission } from './admission.js'
import type { LiveSessions } from './connectionsBySession.js'
import { hideToken } from './handshakeToken.js'
import { acceptedOf, joinEarly, readEarlyJoins } from './joinEarly.js'

/** What connections need. */
export interface ServeConnectionsDeps {
  sessions: Sessions
  live: LiveSessions
  changeCounter: ChangeCounter
  /** Whether this process stood still, and may not know which sessions have ended. */
  isStale(this: void): boolean
  activity: Pick<ActivityNotes, 'arrived'>
  memberships: Memberships
  dispatch: Dispatcher
  draining: Draining
  allowQueryToken: boolean
  metrics: Metrics
  logRefusal: RefusalLog
  log: FastifyBaseLogger
}

/** Admits connections by their session, dispatches their packets, and cleans up after them. */
export function serveConnections(io: RealtimeServer, deps: ServeConnectionsDeps): void {
  guardHooks(io, deps.log)
  io.use(createAdmission(deps))
  io.on('connection', (connection) => {
    serve(connection, deps)
  })
}

function serve(
  connection: Connection,
  { live, memberships, dispatch, draining, allowQueryToken, metrics, log }: ServeConnectionsDeps,
): void {
  const { id: socketId } = connection
  const { sessionId } = connection.data
  const openedAt = performance.now()
  const caller = new Caller(connection, log, draining)
  const joins = readEarlyJoins(caller)
  const accepted = acceptedOf(caller, joins)
  hideToken(connection, allowQueryToken)
  const isCounted = decodeFor(caller, connection)
  keepPacketIds(connection)
  skipUnheard(connection)
  // Without a listener, an event that a client names "error" would end the process.
  connection.on('error', ignore)
  connection.onAny((...packet: unknown[]) => {
    // One read can contain a DISCONNECT packet and more packets after it.
    if (!connection.connected || connection.data.isEnded) return
    if (!isCounted) countPacket(caller)
    dispatch(caller, packet)
  })
  void connection.join(identityRooms(connection.data))
  if (accepted) connection.emit('connection:accepted', accepted)
  connection.emit('connected', welcomeOf(connection.id, connection.data))
  if (caller.isDebugging) caller.log.debug('connected')
  if (isObserved('connection')) {
    publish('connection', openedAt, { event: 'opened', socketId, sessionId })
  }
  connection.on('disconnect', (reason) => {
    caller.leave()
    live.remove(connection)
    memberships.leaveAll(connection, reason !== 'client namespace disconnect')
    metrics.disconnected(reason)
    if (isObserved('connection')) {
      const { sessionId } = connection.data // a sign-in gives it another one
      publish('connection', openedAt, { event: 'closed', socketId, sessionId, reason })
    }
    if (caller.isDebugging) caller.log.debug({ reason }, 'disconnected')
  })
  joinEarly(caller, joins, dispatch) // at last, so that a disconnect finds all of it
}

function ignore(): void {
  return undefined
}
