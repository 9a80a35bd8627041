import { earlyJoinsOf } from '@yektayar/protocol/rules'
import type { ConnectionAccepted, RoomEntered } from '@yektayar/protocol'
import type { Dispatcher } from '../commands/dispatcher.js'
import type { Caller } from '../commands/commandTracker.js'
import { fieldOfAuth } from './handshakeToken.js'

/** The joins that a client has presented beside its token; call it before the handshake is cleared. */
export function readEarlyJoins({ connection }: Caller): readonly unknown[] {
  return earlyJoinsOf(fieldOfAuth(connection.handshake, 'joins')) ?? []
}

/** What the server has taken of the wishes of a handshake; `undefined` where there were none. */
export function acceptedOf(
  { connection: { handshake } }: Caller,
  { length }: readonly unknown[],
): ConnectionAccepted | undefined {
  const puts = fieldOfAuth(handshake, 'puts') === true
  return puts || length > 0 ? { joins: length, puts: true } : undefined
}

/**
 * Runs the joins that came with the token, as if each had come as `room:join` right after it: with the
 * same rights, limits, order and answers, which are events here.
 */
export function joinEarly(caller: Caller, joins: readonly unknown[], dispatch: Dispatcher): void {
  const { connection, isSuspect } = caller
  caller.readAt = performance.now()
  caller.isSuspect = true // nothing has looked for unsafe keys in a handshake
  for (const [index, input] of joins.entries()) {
    caller.waiting++
    const answer = (given: object): void => {
      connection.emit('room:joined', { index, ...given } as RoomEntered) // it answers `room:join`
    }
    dispatch(caller, ['room:join', input, answer])
  }
  caller.isSuspect = isSuspect
}
