import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import type { ResolvedOptions } from '../shared/options.js'

/** A plain Socket.IO socket that does nothing by itself; the token is asked for at each connect. */
export function createSocket(
  origin: string,
  { transports, connectTimeoutMs }: ResolvedOptions,
  token: () => string,
): Socket {
  return io(origin, {
    autoConnect: false,
    forceNew: true,
    reconnection: false,
    transports: [...transports],
    tryAllTransports: true,
    timeout: connectTimeoutMs,
    auth: (present) => {
      present({ token: token() })
    },
  })
}
