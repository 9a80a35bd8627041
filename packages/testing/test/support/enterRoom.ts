import type { RoomMessage } from '@yektayar/protocol'
import type { Stage } from './stage.js'

export const ROOM = 'public:lobby'

/** Connects a stage's client, joins a room, and records its messages and resets. */
export async function enterRoom({ client }: Stage, name: typeof ROOM | 'read only' = ROOM) {
  const room = client.room(name)
  const seen: RoomMessage[] = []
  const resets: unknown[] = []
  room.on('message', (message) => seen.push(message))
  room.on('reset', (reset) => resets.push(reset))
  await client.connect()
  await room.join()
  return { client, room, seen, resets }
}
