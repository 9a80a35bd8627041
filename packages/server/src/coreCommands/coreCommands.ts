import type { CommandName } from '@yektayar/protocol'
import { copyResult } from '../commands/checkCommand.js'
import type { AnyHandler, AnyOnceHandler, CoreHandler } from '../commands/commandContext.js'
import type { AppServices } from '../context/appContext.js'
import { RunningCommand } from '../commands/runningCommand.js'
import type { DeliverOutbox } from '../once/deliverOutbox.js'
import type { OwnEchoes } from '../rooms/ownEchoes.js'
import type { RoomActions } from '../rooms/roomActions.js'
import type { Sessions } from '../sessions/sessions.js'
import type { Limits } from '../shared/limits.js'
import { isPromise, whenSettled } from '../shared/maybePromise.js'
import type { Product } from '../shared/productTexts.js'
import type { RateLimit } from '../shared/rateLimit.js'
import { createOutboxCommands } from './deliverOutbox.js'
import { createEcho } from './echo.js'
import { createInfo } from './info.js'
import { createPing } from './ping.js'
import { createRenewSession } from './renewSession.js'
import { createRoomCommands } from './roomCommands.js'
import { createStatus } from './status.js'

/** Commands of the core contract that need no handler, since `appendPlans` carries them out. */
type PlannedCommand = 'message' | 'room:send'

type CoreHandlers = {
  readonly [Name in Exclude<CommandName, PlannedCommand>]: CoreHandler<Name>
}

/** What the handlers of the core contract need. */
export interface CoreHandlerDeps {
  sessions: Sessions
  roomActions: RoomActions
  deliver: DeliverOutbox
  ownEchoes: OwnEchoes
  perSession: RateLimit
  limits: Limits
  /** What an app's handlers can use. */
  services: AppServices
  product: Product
  /** The time by which the store decides. */
  now(this: void): number
  /** The app's own handler for `message`. */
  onMessage: AnyOnceHandler | undefined
}

/** The handlers of the core contract and of the app's own commands, by name. */
export function collectHandlers(
  appHandlers: object,
  {
    sessions,
    roomActions,
    deliver,
    ownEchoes,
    perSession,
    limits,
    services,
    product,
    now,
    onMessage,
  }: CoreHandlerDeps,
): ReadonlyMap<string, AnyHandler> {
  const core: CoreHandlers = {
    ping: createPing(now),
    status: createStatus(product, now),
    info: createInfo(product, now),
    echo: createEcho(now),
    'session:renew': createRenewSession(sessions),
    ...createOutboxCommands({ deliver, perSession, ownEchoes, limits }),
    ...createRoomCommands(roomActions),
  }
  const own = Object.entries(appHandlers as Record<string, AnyHandler>) // as their option says
  const handlers = new Map(own.map((entry) => takeApart(entry, services)))
  for (const [name, handler] of Object.entries(core)) {
    // The dispatcher parses the input with this very command's schema before it calls the handler.
    handlers.set(name, handler as AnyHandler)
  }
  if (onMessage) handlers.set('message', onMessage)
  return handlers
}

/** An app's handler, which may want to spread its context, and may answer what is not JSON. */
function takeApart(
  [name, handler]: [string, AnyHandler],
  services: AppServices,
): [string, AnyHandler] {
  const handle = handler as (context: unknown) => unknown // the contract fixes its argument
  return [
    name,
    (context: object) => {
      const result = handle(context instanceof RunningCommand ? context.forApp(services) : context)
      // A promise of another library or realm is none of ours.
      const settled = isPromise(result) ? Promise.resolve(result) : result
      return whenSettled(settled, (output) => copyResult(name, output))
    },
  ]
}
