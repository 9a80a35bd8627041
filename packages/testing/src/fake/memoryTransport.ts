import { WebSocket } from 'engine.io-client'
import type { MemorySocket } from './memorySocket.js'

/**
 * A Socket.IO transport with connections in memory. Everything above it, including Socket.IO, is
 * the code that an app runs in production.
 */
export function memoryTransport(connect: () => MemorySocket): typeof WebSocket {
  return class extends WebSocket {
    override createSocket(): MemorySocket {
      return connect()
    }
  }
}
