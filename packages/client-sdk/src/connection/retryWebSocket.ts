import type { Manager } from 'socket.io-client'
import { WEBSOCKET_RETRY_MS } from '../shared/limits.js'
import { abandon, changeToWebSocket } from './engineInternals.js'
import type { ServerSocket } from './serverSocket.js'

/**
 * Lets a connection by polling go on over a WebSocket, once the network lets one through. Each try is a
 * connection of its own, which is given up as soon as the server has answered over it: a probe of
 * Engine.IO that gets no answer would stay open, and its answer alone proves less.
 *
 * @returns ends the tries
 */
export function retryWebSocket(server: ServerSocket, engine: Manager['engine']): () => void {
  let giveUp = (): void => undefined
  const timer = setInterval(() => {
    giveUp()
    const manager = server.createManager(['websocket'], false)
    manager.open((error) => {
      giveUp()
      if (!error) changeToWebSocket(engine)
    })
    giveUp = () => {
      abandon(manager.engine)
    }
  }, WEBSOCKET_RETRY_MS)
  const stop = (): void => {
    clearInterval(timer)
    giveUp()
  }
  engine.once('upgrade', stop)
  return stop
}
