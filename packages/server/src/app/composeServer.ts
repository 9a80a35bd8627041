import type { IncomingMessage } from 'node:http'
import type { RoomMessage } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { serveConnections } from '../connections/serveConnections.js'
import { createCommits } from '../store/groupCommit.js'
import type { CommitsOptions } from '../store/groupCommit.js'
import { createPublisher } from '../once/publisher.js'
import type { Publisher } from '../once/publisher.js'
import { createAuthorizer } from '../rooms/authorize.js'
import { openRoomStore } from '../store/sqlite/roomQueries.js'
import { createSessionClock } from '../store/sessionClock.js'
import type { Sessions } from '../sessions/sessions.js'
import type { Draining } from '../shared/draining.js'
import type { Limits } from '../shared/limits.js'
import type { Metrics } from '../shared/metrics.js'
import type { OriginPolicy } from '../shared/originPolicy.js'
import { commandsPerSession } from '../shared/rateLimit.js'
import { settledWithin } from '../shared/settledWithin.js'
import { Standstill } from '../shared/standstill.js'
import type { Connection, RealtimeServer } from '../socketio/connection.js'
import { createFileHints } from '../store/hints.js'
import type { Hints } from '../store/hints.js'
import { openDatabase } from '../store/sqlite/openDatabase.js'
import type { Database } from '../store/sqlite/openDatabase.js'
import { createStoreBounds } from '../store/storeBounds.js'
import { watchStoreSize } from '../store/storeSize.js'
import { SweepClock } from '../store/sweepClock.js'
import { WriteHealth } from '../store/writeHealth.js'
import { createCommandPath } from './composeCommands.js'
import { createRooms } from './composeRooms.js'
import type { Rooms } from './composeRooms.js'
import { assembleSessions } from './composeSessions.js'
import type { AssembledSessions } from './composeSessions.js'
import { createRealtime } from './createSocketServer.js'
import type { ResolvedOptions } from './options.js'
import { startSweeper, sweepIntervalMs } from './sweepStore.js'

/** Everything behind the routes: the store, sessions, rooms, and the Socket.IO server over them. */
export interface House extends Publisher {
  readonly io: RealtimeServer
  readonly sessions: Sessions
  readonly database: Database
  /** How many sessions have connections here. */
  countLive(this: void): number
  /** How large the store was when it was looked at last. */
  storeBytes(this: void): number
  /** @throws {CommandError} `store_unavailable` while the store cannot be written */
  requireWritable(this: void): Promise<void>
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
  const opened = await openStore(options, metrics, log)
  const { database, hints, store, bounds } = opened
  const clock = createSessionClock(options)
  const io = createRealtime({ ...origins, corsCredentials, limits, metrics, log })
  const authorize = createAuthorizer(options.authorize, limits)
  const perSession = commandsPerSession(limits, metrics)
  const tellRooms = (messages: readonly RoomMessage[]): void => {
    rooms.appended(messages)
  }
  const queues = createQueues({ ...opened, ...clock, onAppended: tellRooms, limits, log })
  const { commits, writePresence, writeSessions } = queues
  const rooms = createRooms({
    io,
    store,
    writeTogether: writePresence,
    authorize,
    perSession,
    mayKeepRoom: bounds.mayKeepRoom,
    isStale: () => standstill.isStale(),
    limits,
    log,
  })
  const { memberships, actions: roomActions } = rooms
  const onChanged = (connection: Connection): void => {
    memberships.review(connection)
  }
  const around = { ...opened, writeTogether: writeSessions, clock, onChanged, metrics, log }
  const assembled = assembleSessions(options, around)
  const { sessions, live } = assembled
  const standstill = followStore(assembled, { rooms, hints, limits, log })

  const dispatch = createCommandPath(options, {
    sessions,
    roomActions,
    commits,
    authorize,
    perSession,
    standstill,
    draining,
    metrics,
  })
  serveConnections(io, { ...assembled, memberships, dispatch, draining, allowQueryToken, log })

  const stopSweeper = startSweeper({
    sessions,
    database,
    clock: opened.sweepClock,
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
    storeBytes: () => opened.size.bytes,
    requireWritable: () => opened.writes.requireWritable(database),
    async close() {
      opened.stopWatching()
      standstill.close()
      const notes = Promise.all([stopSweeper(), rooms.close(), assembled.close()])
      try {
        // A handler that keeps its transaction open would keep them waiting.
        await settledWithin(notes, limits.closeGraceMs)
      } finally {
        await database.destroy()
      }
    },
  }
}

/** Separate queues for the store, so that sessions and presence do not wait for an app's handlers. */
function createQueues(options: CommitsOptions) {
  return {
    commits: createCommits(options),
    writePresence: createCommits(options).write,
    writeSessions: createCommits({ ...options, storeName: 'The session store' }).write,
  }
}

/** Opens the store, and watches what becomes of it. */
async function openStore(options: ResolvedOptions, metrics: Metrics, log: FastifyBaseLogger) {
  const { databaseUrl, limits } = options
  const writes = new WriteHealth(limits)
  const { noteFailure } = writes
  const database = await openDatabase(databaseUrl, limits.databaseBusyTimeoutMs, noteFailure)
  const hints = createFileHints(database, limits.storePollMs, log)
  const store = await openRoomStore(database)
  const size = await watchStoreSize({ database, limits, log })
  return {
    database,
    writes,
    hints,
    store,
    size,
    bounds: createStoreBounds(size, limits, metrics),
    sweepClock: new SweepClock({ database, limits, log }),
    stopWatching() {
      hints.close()
      size.close()
    },
  }
}

interface FollowOptions {
  rooms: Rooms
  hints: Hints
  limits: Limits
  log: FastifyBaseLogger
}

/** Keeps up with what other processes write into the store, also after this one stood still. */
function followStore(
  { sessions, live, changeCounter }: AssembledSessions,
  { rooms, hints, limits, log }: FollowOptions,
): Standstill {
  const review = (): Promise<void> => {
    changeCounter.suspect()
    return sessions.review(live.ids())
  }
  const standstill = new Standstill({
    maxLateMs: limits.standstillMs,
    refresh: review,
    resume: rooms.resume,
    onFailure: (error) => {
      log.error({ err: error }, 'sessions and rooms could not be read after a standstill')
    },
  })
  hints.subscribe(async () => {
    await review() // first, so that nothing is sent to a session that has ended
    if (!standstill.isStale()) await rooms.look()
  })
  return standstill
}
