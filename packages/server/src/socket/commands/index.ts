import type { CommandName } from '@yektayar/protocol'
import type { Sessions } from '../../sessions/sessions.js'
import type { AnyCommandHandler, CommandHandler } from '../commandContext.js'
import { echo } from './echo.js'
import { createInfo } from './info.js'
import { message } from './message.js'
import { ping } from './ping.js'
import { createRenewSession } from './renewSession.js'
import { createStatus } from './status.js'

type CoreHandlers = { readonly [Name in CommandName]: CommandHandler<Name> }

/** The handlers of the core contract and of what an app added to it, by name. */
export function collectHandlers(
  appHandlers: object,
  sessions: Sessions,
  allowQueryToken: boolean,
): ReadonlyMap<string, AnyCommandHandler> {
  const core: CoreHandlers = {
    ping,
    status: createStatus(allowQueryToken),
    info: createInfo(allowQueryToken),
    echo,
    message,
    'session:renew': createRenewSession(sessions, allowQueryToken),
  }
  const handlers = new Map<string, AnyCommandHandler>(Object.entries(appHandlers))
  for (const [name, handler] of Object.entries(core)) {
    // The dispatcher parses the input with this very command's schema before it calls the handler.
    handlers.set(name, handler as AnyCommandHandler)
  }
  return handlers
}
