import type { CommandName } from '@yektayar/protocol'
import { copyResult } from '../commands/checkCommand.js'
import type { AnyHandler, AnyOnceHandler, CommandHandler } from '../commands/commandContext.js'
import { RunningCommand } from '../commands/runningCommand.js'
import type { DeliverOutbox } from '../once/deliverOutbox.js'
import type { RoomActions } from '../rooms/roomActions.js'
import type { Sessions } from '../sessions/sessions.js'
import type { Limits } from '../shared/limits.js'
import { isPromise, whenSettled } from '../shared/maybePromise.js'
import type { RateLimit } from '../shared/rateLimit.js'
import { createDeliverOutbox } from './deliverOutbox.js'
import { echo } from './echo.js'
import { info } from './info.js'
import { ping } from './ping.js'
import { createRenewSession } from './renewSession.js'
import { createRoomCommands } from './roomCommands.js'
import { status } from './status.js'

/** Commands of the core contract that need no handler, since `appendPlans` carries them out. */
type PlannedCommand = 'message' | 'room:send'

type CoreHandlers = {
  readonly [Name in Exclude<CommandName, PlannedCommand>]: CommandHandler<Name>
}

/** What the handlers of the core contract need. */
export interface CoreHandlerDeps {
  sessions: Sessions
  roomActions: RoomActions
  deliver: DeliverOutbox
  perSession: RateLimit
  limits: Limits
  /** The app's own handler for `message`. */
  onMessage: AnyOnceHandler | undefined
}

/** The handlers of the core contract and of the app's own commands, by name. */
export function collectHandlers(
  appHandlers: object,
  { sessions, roomActions, deliver, perSession, limits, onMessage }: CoreHandlerDeps,
): ReadonlyMap<string, AnyHandler> {
  const core: CoreHandlers = {
    ping,
    status,
    info,
    echo,
    'session:renew': createRenewSession(sessions),
    'outbox:deliver': createDeliverOutbox(deliver, perSession, limits),
    ...createRoomCommands(roomActions),
  }
  const handlers = new Map(Object.entries(appHandlers as Record<string, AnyHandler>).map(takeApart))
  for (const [name, handler] of Object.entries(core)) {
    // The dispatcher parses the input with this very command's schema before it calls the handler.
    handlers.set(name, handler as AnyHandler)
  }
  if (onMessage) handlers.set('message', onMessage)
  return handlers
}

/** An app's handler, which may want to spread its context, and may answer what is not JSON. */
function takeApart([name, handler]: [string, AnyHandler]): [string, AnyHandler] {
  const handle = handler as (context: unknown) => unknown // the contract fixes its argument
  return [
    name,
    (context: object) => {
      const result = handle(context instanceof RunningCommand ? context.spreadable() : context)
      // A promise of another library or realm is none of ours.
      const settled = isPromise(result) ? Promise.resolve(result) : result
      return whenSettled(settled, (output) => copyResult(name, output))
    },
  ]
}
