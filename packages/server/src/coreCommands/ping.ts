import type { CoreHandler } from '../commands/commandContext.js'
import { isoTime } from '../shared/isoTime.js'

/** Answers with the server's time. */
export const ping: CoreHandler<'ping'> = () => ({ timestamp: isoTime() })
