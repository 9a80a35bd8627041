import { facadeOf } from '../shared/facadeOf.js'
import type { ClientSession } from './clientSession.js'

/** The facade of a session for apps; the engine itself contains the token. */
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
