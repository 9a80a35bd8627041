import { pairCommands } from '../commands/bindHandlers.js'
import { createDispatcher } from '../commands/dispatcher.js'
import type { Dispatcher } from '../commands/dispatcher.js'
import type { AppServices } from '../context/appContext.js'
import type { AppEvents } from '../context/appEvents.js'
import { collectHandlers } from '../coreCommands/coreCommands.js'
import { createOutboxDelivery } from '../once/deliverOutbox.js'
import { createRunOnce } from '../once/runOnce.js'
import type { StoreFence } from '../connections/storeFence.js'
import type { Authorizer } from '../rooms/authorize.js'
import type { OwnEchoes } from '../rooms/ownEchoes.js'
import type { RoomActions } from '../rooms/roomActions.js'
import type { RoomCatalog } from '../rooms/roomCatalog.js'
import type { ActivityNotes } from '../sessions/activityNotes.js'
import type { Sessions } from '../sessions/sessions.js'
import type { Draining } from '../shared/draining.js'
import type { Metrics } from '../shared/metrics.js'
import type { RateLimit } from '../shared/rateLimit.js'
import type { Standstill } from '../shared/standstill.js'
import type { RefusalLog } from '../shared/refusalLog.js'
import type { Store } from '../store/store.js'
import type { ResolvedOptions } from './options.js'

/** What the dispatcher and its handlers need. */
export interface CommandPathDeps {
  sessions: Sessions
  activity: Pick<ActivityNotes, 'used'>
  roomActions: RoomActions
  ownEchoes: OwnEchoes
  store: Store
  catalog: RoomCatalog
  authorize: Authorizer
  /** Counts the commands of each session. */
  perSession: RateLimit
  /** What an app's handlers can use. */
  services: AppServices
  events: AppEvents
  standstill: Standstill
  fence: Pick<StoreFence, 'requireDown'>
  draining: Draining
  metrics: Metrics
  logRefusal: RefusalLog
}

/**
 * Creates the dispatcher with the handlers of all commands.
 *
 * @throws {OptionError} when a command of the contract has no handler, or a handler no command
 */
export function createCommandPath(
  { checkOutputs, contract, limits, ...options }: ResolvedOptions,
  {
    store,
    sessions,
    roomActions,
    ownEchoes,
    catalog,
    authorize,
    perSession,
    services,
    events,
    fence,
    metrics,
    ...rest
  }: CommandPathDeps,
): Dispatcher {
  const { rooms, outboxes, now } = store
  const once = { catalog, authorize, epoch: rooms.epoch, checkOutputs, events, limits }
  const handlers = collectHandlers(options.commands, {
    sessions,
    roomActions,
    ownEchoes,
    deliver: createOutboxDelivery({
      ...once,
      store: outboxes,
      metrics,
      find: (name) => commands.get(name),
      names: () => commands.keys(),
    }),
    perSession,
    limits,
    services,
    product: options.product,
    now,
    onMessage: options.onMessage,
  })
  const commands = pairCommands(contract, handlers)
  return createDispatcher({
    commands,
    runOnce: createRunOnce(outboxes, once),
    now,
    sessions,
    requireStore: fence.requireDown,
    perSession,
    checkOutputs,
    limits,
    metrics,
    ...rest,
  })
}
