import { io } from 'socket.io-client'
import type { ManagerOptions, Socket } from 'socket.io-client'
import type { ResolvedOptions } from '../shared/options.js'

/** For managers that do nothing by themselves. */
export function managerOptions({
  path,
  connectTimeoutMs,
}: ResolvedOptions): Partial<ManagerOptions> {
  return { path, autoConnect: false, reconnection: false, timeout: connectTimeoutMs }
}

/**
 * A plain Socket.IO socket that never connects by itself: it gets a connection that is admitted
 * already, so it presents nothing.
 */
export function createSocket(origin: string, options: ResolvedOptions): Socket {
  return io(origin, {
    ...managerOptions(options),
    forceNew: true,
    transports: [...options.transports],
    auth: () => undefined,
  })
}
