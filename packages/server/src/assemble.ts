import type { IncomingMessage } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import { createCommandPath } from './commandPath.js'
import { createCommits } from './delivery/commits.js'
import type { Draining } from './draining.js'
import type { Metrics } from './metrics/metrics.js'
import type { ResolvedOptions } from './options.js'
import type { OriginPolicy } from './origins.js'
import { createAuthorizer } from './rooms/authorize.js'
import { createRooms } from './rooms/createRooms.js'
import { createPublisher } from './rooms/publisher.js'
import type { Publisher } from './rooms/publisher.js'
import { openRoomStore } from './rooms/roomQueries.js'
import { assembleSessions } from './sessions/assembleSessions.js'
import { createSessionClock } from './sessions/sessionClock.js'
import type { Sessions } from './sessions/sessions.js'
import { startSweeper, sweepIntervalMs } from './sessions/sweeper.js'
import type { RealtimeServer } from './socket/connection.js'
import { createRealtime } from './socket/realtime.js'
import { serveConnections } from './socket/serveConnections.js'
import { createFileHints } from './store/hints.js'
import { openDatabase } from './store/openDatabase.js'
import type { Database } from './store/openDatabase.js'

/** Everything behind the routes: the store, sessions, rooms, and the Socket.IO server over them. */
export interface House extends Publisher {
  readonly io: RealtimeServer
  readonly sessions: Sessions
  readonly database: Database
  /** How many sessions have connections here. */
  countLive(this: void): number
  /** Stops all timers, and closes the store. */
  close(this: void): Promise<void>
}

/** What the house stands in. */
export interface Surroundings {
  isOriginAllowed: OriginPolicy
  /** The same; logs refusals. */
  admitOrigin: (request: IncomingMessage) => boolean
  draining: Draining
  metrics: Metrics
  log: FastifyBaseLogger
}

/**
 * Opens the store and puts the parts of the server together.
 *
 * @throws {OptionError} `invalid_options`
 */
export async function assemble(
  options: ResolvedOptions,
  { draining, metrics, log, ...origins }: Surroundings,
): Promise<House> {
  const { allowQueryToken, corsCredentials, limits } = options
  const database = await openDatabase(options.databaseUrl, limits.databaseBusyTimeoutMs)
  const clock = createSessionClock(options)
  const io = createRealtime({ ...origins, corsCredentials, limits, metrics, log })
  const authorize = createAuthorizer(options.authorize)
  const hints = createFileHints(database, limits.storePollMs, log)
  const store = await openRoomStore(database)
  const rooms = createRooms({ io, store, authorize, hints, limits, log })
  const { memberships, actions: roomActions, appended } = rooms
  const { sessions, live, changeCounter, ...assembled } = assembleSessions(options, {
    database,
    clock,
    onChanged: (connection) => {
      memberships.review(connection).catch((error: unknown) => {
        log.error({ err: error }, 'memberships could not be reviewed')
      })
    },
    metrics,
    log,
  })
  hints.subscribe(() => {
    changeCounter.suspect()
    return sessions.review(live.ids())
  })

  const commits = createCommits({ store, moment: clock.moment, onAppended: appended, limits, log })
  const dispatch = createCommandPath(options, {
    sessions,
    roomActions,
    commits,
    authorize,
    draining,
    metrics,
  })
  serveConnections(io, {
    sessions,
    live,
    changeCounter,
    memberships,
    dispatch,
    draining,
    allowQueryToken,
    log,
  })

  const stopSweeper = startSweeper({
    sessions,
    database,
    surplus: rooms.surplus,
    connectedIds: live.ids,
    intervalMs: sweepIntervalMs(options.sessionIdleDays, limits),
    limits,
    log,
  })
  return {
    io,
    sessions,
    database,
    ...createPublisher(commits, limits),
    countLive: () => live.ids().length,
    async close() {
      hints.close()
      await stopSweeper()
      await rooms.close()
      await assembled.close()
      await database.destroy()
    },
  }
}
