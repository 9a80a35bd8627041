import { facadeOf } from '../shared/facadeOf.js'
import type { Engine } from '../shared/facadeOf.js'
import type { ClientSession, SessionSnapshot } from './clientSession.js'

/** The facade of a session for apps; the engine itself contains the token. */
export function sessionFacade(engine: Engine<SessionSnapshot>): ClientSession {
  return facadeOf<ClientSession>(engine, [
    ...(['state', 'expiresAt', 'id', 'userId', 'isLoggedIn'] as const),
    ...(['signIn', 'signOut', 'renew', 'list', 'end'] as const),
  ])
}
