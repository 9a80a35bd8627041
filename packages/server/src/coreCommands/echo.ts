import type { CoreHandler } from '../commands/commandContext.js'

/** Sends the input back. */
export const echo: CoreHandler<'echo'> = ({ input, connection }) => ({
  received: input,
  timestamp: new Date().toISOString(),
  socketId: connection.id,
})
