import type { CommandHandler } from '../commandContext.js'

/** Confirms a message to its sender. */
export const message: CommandHandler<'message'> = ({ input }) => ({
  success: true,
  message: 'Message received successfully',
  data: input,
  timestamp: new Date().toISOString(),
})
