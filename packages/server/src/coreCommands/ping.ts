import type { CoreHandler } from '../commands/commandContext.js'

/** Answers with the server's time. */
export const ping: CoreHandler<'ping'> = () => ({ timestamp: new Date().toISOString() })
