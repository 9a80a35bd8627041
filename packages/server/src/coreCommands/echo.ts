import type { CoreHandler } from '../commands/commandContext.js'
import { isoTime } from '../shared/isoTime.js'

/** Sends the input back. */
export const echo: CoreHandler<'echo'> = ({ input, connection }) => ({
  received: input,
  timestamp: isoTime(),
  socketId: connection.id,
})
