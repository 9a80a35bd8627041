import type { CommandHandler } from '../commandContext.js'

/** Answers with the server's time. */
export const ping: CommandHandler<'ping'> = () => ({ timestamp: new Date().toISOString() })
