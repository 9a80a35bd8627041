import type { Commits } from './delivery/commits.js'
import { createOutboxDelivery } from './delivery/outboxDelivery.js'
import { createRunOnce } from './delivery/runOnce.js'
import type { Draining } from './draining.js'
import type { Metrics } from './metrics/metrics.js'
import type { ResolvedOptions } from './options.js'
import type { RateLimit } from './rateLimit.js'
import type { Authorizer } from './rooms/authorize.js'
import type { RoomActions } from './rooms/roomActions.js'
import type { Sessions } from './sessions/sessions.js'
import { collectHandlers } from './socket/commands/index.js'
import { createDispatcher } from './socket/dispatcher.js'
import type { Dispatcher } from './socket/dispatcher.js'
import { pairCommands } from './socket/pairCommands.js'
import type { Standstill } from './standstill.js'

/** What commands work with. */
export interface CommandPathOptions {
  sessions: Sessions
  roomActions: RoomActions
  commits: Commits
  authorize: Authorizer
  /** Counts the commands of each session. */
  perSession: RateLimit
  standstill: Standstill
  draining: Draining
  metrics: Metrics
}

/**
 * Creates the way of a command, from the packet to its handler and back.
 *
 * @throws {OptionError} when a command of the contract has no handler, or a handler no command
 */
export function createCommandPath(
  { checkOutputs, contract, limits, ...options }: ResolvedOptions,
  { sessions, roomActions, commits, authorize, perSession, ...rest }: CommandPathOptions,
): Dispatcher {
  const surroundings = { authorize, checkOutputs, limits }
  const handlers = collectHandlers(options.commands, {
    sessions,
    roomActions,
    deliver: createOutboxDelivery({
      ...surroundings,
      commits,
      find: (name) => commands.get(name),
    }),
    perSession,
    limits,
    onMessage: options.onMessage,
  })
  const commands = pairCommands(contract, handlers)
  return createDispatcher({
    commands,
    runOnce: createRunOnce(commits, surroundings),
    sessions,
    perSession,
    checkOutputs,
    limits,
    ...rest,
  })
}
