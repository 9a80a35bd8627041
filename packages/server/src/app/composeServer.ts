import type { IncomingMessage } from 'node:http'
import type { AnyContract, RoomMessage } from '@yektayar/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { createConnections } from '../connections/connectionsOf.js'
import { serveConnections } from '../connections/serveConnections.js'
import type { StoreFence } from '../connections/storeFence.js'
import { createPublisher } from '../once/publisher.js'
import type { Publisher } from '../once/publisher.js'
import { gateMissedNews } from '../rooms/missedNews.js'
import { roomChannel } from '../rooms/roomChannel.js'
import type { RoomRights } from '../rooms/roomRights.js'
import { createAppEvents } from '../context/appEvents.js'
import type { AppEvents, AppEventsDeps } from '../context/appEvents.js'
import type { AppServices } from '../context/appContext.js'
import { createEventReader } from '../context/readEvent.js'
import { createAuthorization } from '../rooms/authorize.js'
import type { Memberships } from '../rooms/memberships.js'
import { createRoomCatalog } from '../rooms/roomCatalog.js'
import type { RoomCatalog } from '../rooms/roomCatalog.js'
import type { Draining } from '../shared/draining.js'
import type { Limits } from '../shared/limits.js'
import type { Gauges, Metrics } from '../shared/metrics.js'
import type { OriginPolicy } from '../shared/originPolicy.js'
import { commandsPerSession } from '../shared/rateLimit.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import { settledWithin } from '../shared/settledWithin.js'
import type { Standstill } from '../shared/standstill.js'
import type { Connection } from '../socketio/connection.js'
import { openStore } from '../store/openStore.js'
import type { Store } from '../store/store.js'
import type { KnownSessions } from '../store/knownSessions.js'
import type { StrictLimits } from '../store/strictLimits.js'
import { SweepClock } from '../store/sweepClock.js'
import { createCommandPath } from './composeCommands.js'
import { createRooms } from './composeRooms.js'
import { assembleSessions } from './composeSessions.js'
import { createRealtime } from './createSocketServer.js'
import { followStore } from './followStore.js'
import { gaugesOf } from './gauges.js'
import type { ResolvedOptions } from './options.js'
import { startSweeper, sweepIntervalMs } from './sweepStore.js'
import type { YektaYar } from './yektaYar.js'

/** Everything behind the routes: the store, sessions, rooms, and the Socket.IO server over them. */
export interface ServerCore {
  /** What the app around it gets. */
  readonly offered: Omit<YektaYar, 'limits' | 'announceClose' | 'metricsUrl'>
  /** What is looked up for metrics. */
  readonly gauges: Gauges
  /** Keeps this process from serving while the store is out of reach. */
  readonly fence: StoreFence
  readonly standstill: Standstill
  /** @throws {CommandError} `store_unavailable` while the store cannot be reached or written */
  requireWritable(this: void): Promise<void>
  readonly strictLimits: StrictLimits
  readonly knownSessions: KnownSessions
  /** Stops all timers, and closes the store. */
  close(this: void): Promise<void>
}

/** What the plugin passes in. */
export interface ServerDeps {
  isOriginAllowed: OriginPolicy
  /** The same policy; also logs refusals. */
  admitOrigin: (request: IncomingMessage) => boolean
  draining: Draining
  metrics: Metrics
  logRefusal: RefusalLog
  log: FastifyBaseLogger
}

/**
 * Opens the store and puts the parts of the server together.
 *
 * @throws {OptionError} `invalid_options`
 */
export async function composeServer(
  options: ResolvedOptions,
  { draining, metrics, logRefusal, log, ...origins }: ServerDeps,
): Promise<ServerCore> {
  const { allowQueryToken, limits } = options
  const onAppended = (messages: readonly RoomMessage[]): void => {
    metrics.appended(messages.length)
    rooms.appended(messages)
  }
  const store = await openWithTables(options, { onAppended, metrics, log })
  const sweepClock = new SweepClock({ upkeep: store.upkeep, limits, log })
  const { io, cluster } = createRealtime({ ...options, ...origins, store, metrics, log })
  const catalog = createRoomCatalog(options.contract)
  const offered = createServices(options, { io, store, catalog, standstill: () => standstill })
  const { events, services } = offered
  const asking = { rooms: catalog, services, limits, log }
  const authorization = createAuthorization(options.authorize, asking)
  const perSession = commandsPerSession(limits, metrics)
  const isStale = (): boolean => standstill.isStale()
  const rooms = createRooms({
    ...{ io, store, catalog, authorization, perSession, draining, limits, log, isStale },
    whenFresh: () => standstill.whenFresh(),
  })
  const { memberships, actions: roomActions, ownEchoes, rights } = rooms
  const react = reactionsOf(memberships)
  const assembled = assembleSessions(options, { store, sweepClock, ...react, metrics, log })
  const { sessions, live, activity } = assembled
  const following = { rooms, events, cluster, limits, log }
  const { standstill, fence } = followStore(store, assembled, following)
  const dispatch = createCommandPath(options, {
    ...{ store, sessions, activity, roomActions, ownEchoes, catalog, perSession },
    ...{ services, events, standstill, fence, draining, metrics, logRefusal },
    authorize: authorization.authorize,
  })
  gateMissedNews(io, standstill)
  const needs = { memberships, dispatch, draining, allowQueryToken, isStale }
  serveConnections(io, { ...assembled, ...needs, metrics, logRefusal, log })

  const stopSweeper = startSweeper({
    sessions,
    store,
    clock: sweepClock,
    surplus: rooms.surplus,
    connectedIds: live.ids,
    intervalMs: sweepIntervalMs(options.sessionIdleDays, limits),
    limits,
    log,
  })
  return {
    offered: {
      io,
      sessions,
      rooms: forAdministration(rights),
      connections: createConnections(io),
      ...services,
      ...offered.publisher,
    },
    gauges: gaugesOf({ io, live, rooms, store, fence, limits }),
    fence,
    standstill,
    async requireWritable() {
      fence.requireAnswers()
      await store.requireWritable()
    },
    strictLimits: store.strictLimits,
    knownSessions: store.knownSessions,
    close() {
      standstill.close()
      fence.close()
      const notes = Promise.all([stopSweeper(), rooms.close(), assembled.close()])
      return closeStore(store, notes, limits)
    },
  }
}

/** Closes the store after the last writes. */
async function closeStore(store: Store, notes: Promise<unknown>, limits: Limits): Promise<void> {
  try {
    // A handler that keeps its transaction open would block these writes.
    await settledWithin(notes, limits.closeGraceMs)
  } finally {
    await store.close()
  }
}

/** What changes in rooms when a user signs in or out, or a session ends. */
function reactionsOf(memberships: Memberships) {
  return {
    onChanged: (connection: Connection): void => {
      void memberships.review(connection)
    },
    onOver: (connection: Connection): void => {
      memberships.leaveAll(connection, false)
    },
  }
}

/** What an app can use, in its handlers and around them. */
function createServices(
  { contract, checkEvents, limits }: ResolvedOptions,
  {
    store,
    catalog,
    ...deps
  }: Pick<AppEventsDeps, 'io' | 'standstill'> & { store: Store; catalog: RoomCatalog },
): { events: AppEvents; publisher: Publisher<AnyContract>; services: AppServices } {
  const read = createEventReader({
    contract,
    isChecked: checkEvents,
    requireRoom: catalog.require,
    limits,
  })
  const events = createAppEvents({ ...deps, read, store: store.events, channelOf: roomChannel })
  const publisher = createPublisher(store, catalog, limits)
  const { database } = store
  return {
    events,
    publisher,
    // Handlers and hooks see it typed by their own contract.
    services: { database, emit: events.emit, publish: publisher.publish },
  }
}

/** Opens the store, and lets the app create its own tables in it. */
async function openWithTables(
  options: ResolvedOptions,
  deps: Pick<Parameters<typeof openStore>[0], 'onAppended' | 'metrics' | 'log'>,
): Promise<Store> {
  const store = await openStore({ ...options, ...deps })
  try {
    if (options.createTables) await store.createTables(options.createTables)
  } catch (error) {
    await store.close()
    throw error
  }
  return store
}

/** The rights in rooms as an app may change them: not as another process has. */
function forAdministration({ review, remove, members }: RoomRights): RoomRights {
  return { review, remove, members }
}
