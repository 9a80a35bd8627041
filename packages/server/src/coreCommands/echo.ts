import type { CommandHandler } from '../commands/commandContext.js'

/** Sends the input back. */
export const echo: CommandHandler<'echo'> = ({ input, connection }) => ({
  received: input,
  timestamp: new Date().toISOString(),
  socketId: connection.id,
})
