import { Manager } from 'socket.io-client'
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
 * A plain Socket.IO socket that never connects by itself: it gets connections that are admitted
 * already, so it presents nothing, and needs no address.
 */
export function createSocket(options: ResolvedOptions): Socket {
  const manager = new Manager(managerOptions(options))
  manager.open = () => manager // by an app's `socket.connect()`, between two connections
  return manager.socket('/', { auth: () => undefined })
}
