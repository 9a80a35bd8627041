import type { CoreHandler } from '../commands/commandContext.js'
import { isoTime } from '../shared/isoTime.js'

/** Sends the input back, with the time by which the store decides. */
export function createEcho(now: () => number): CoreHandler<'echo'> {
  return ({ input, connection }) => ({
    received: input,
    timestamp: isoTime(now()),
    socketId: connection.id,
  })
}
