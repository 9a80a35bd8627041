import type { ClientOutbox } from '../outbox/clientOutbox.js'
import type { ClientRoom } from '../rooms/clientRoom.js'
import type { ClientSession } from '../session/clientSession.js'
import { facadeOf } from './facadeOf.js'

/** What an app gets of a session's engine, which holds the token. */
export function sessionFacade(engine: ClientSession): ClientSession {
  const facade: ClientSession = facadeOf(
    engine,
    [
      ...(['state', 'expiresAt', 'userId', 'isLoggedIn', 'onChange'] as const),
      ...(['signIn', 'signOut', 'renew', 'list', 'end'] as const),
    ],
    {
      onChange: (listener) =>
        engine.onChange(() => {
          listener(facade)
        }),
    },
  )
  return facade
}

/** What an app gets of an outbox's engine, which holds the client's options. */
export function outboxFacade(engine: ClientOutbox): ClientOutbox {
  return facadeOf(engine, ['storage', 'list', 'onChange', 'retry', 'cancel', 'clear'])
}

/** What an app gets of a handle on a room. */
export function roomFacade(handle: ClientRoom): ClientRoom {
  return facadeOf(handle, [
    ...(['name', 'snapshot', 'state', 'isJoined', 'error', 'messages', 'hasOlder'] as const),
    ...(['members', 'typists', 'position', 'continuity'] as const),
    ...(['join', 'leave', 'send', 'on', 'history', 'loadOlder', 'typing'] as const),
  ])
}
