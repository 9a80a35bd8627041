import type { RoomMessage } from '@yektayar/protocol'
import type { RealtimeServer } from '../socket/connection.js'
import { eventFrame, writeAhead } from '../socket/wholeFrames.js'
import { roomChannel } from './roomChannel.js'

/**
 * Sends a message to those who are in its room on this node; other nodes tell their own. Its frame is
 * made once, and written straight to each WebSocket that waits for nothing: to hand it to Engine.IO
 * costs more than to write it. The others get it as they get every other event.
 */
export function tellRoom(io: RealtimeServer, message: RoomMessage): void {
  const { adapter, sockets } = io.sockets
  const ids = adapter.rooms.get(roomChannel(message.room))
  if (!ids) return
  const frame = eventFrame('room:message', message)
  const others: string[] = []
  for (const id of ids) {
    const connection = sockets.get(id)
    if (!connection) continue
    const isWatched = connection.listenersAnyOutgoing().length > 0
    if (isWatched || !writeAhead(connection.conn, frame)) others.push(id)
  }
  if (others.length > 0) io.local.to(others).emit('room:message', message)
}
