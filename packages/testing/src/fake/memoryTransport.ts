import { WebSocket } from 'socket.io-client'
import type { MemorySocket } from './memorySocket.js'

/**
 * A transport of Socket.IO's whose connections lead to memory. All that is above it, Socket.IO
 * included, is what an app runs in production.
 */
export function memoryTransport(connect: () => MemorySocket): typeof WebSocket {
  return class extends WebSocket {
    override createSocket(): MemorySocket {
      return connect()
    }
  }
}
