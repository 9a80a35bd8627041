import type { startServer } from './server.js'

type Context = Pick<Awaited<ReturnType<typeof startServer>>, 'server'>

/** Closes all connections below Socket.IO, as a network failure does. */
export function cutConnections(context: Context): void {
  for (const { conn } of context.server.io.sockets.sockets.values()) conn.close()
}
