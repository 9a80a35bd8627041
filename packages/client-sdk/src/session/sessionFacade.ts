import { facadeOf } from '../shared/facadeOf.js'
import type { ClientSession } from './clientSession.js'
import type { Session } from './session.js'

/** The facade of a session for apps; the engine itself contains the token. */
export function sessionFacade(engine: Session): ClientSession {
  return facadeOf<ClientSession>(engine, [
    ...(['state', 'expiresAt', 'id', 'userId', 'isLoggedIn'] as const),
    ...(['signIn', 'signOut', 'renew', 'list', 'end'] as const),
  ])
}
