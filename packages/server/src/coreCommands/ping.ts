import type { CommandHandler } from '../commands/commandContext.js'

/** Answers with the server's time. */
export const ping: CommandHandler<'ping'> = () => ({ timestamp: new Date().toISOString() })
