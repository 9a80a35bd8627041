import type { RoomMessage } from '@yektayar/protocol'
import type { RoomContinuity, YektaYarSocket } from '../../src/index.js'
import type { startServer } from './server.js'

/** The default room of these tests. */
export const ROOM = 'public:lobby'

type Context = Pick<Awaited<ReturnType<typeof startServer>>, 'client'>

/** Connects a client, joins a room, and records the events of the room. */
export async function enterRoom(
  context: Context,
  client: YektaYarSocket = context.client(),
  name: `public:${string}` | 'user:user-sara' = ROOM,
) {
  const room = client.room(name)
  const seen: RoomMessage[] = []
  const continuities: RoomContinuity[] = []
  const resets: unknown[] = []
  room.on('message', (message) => seen.push(message))
  room.on('continuity', (continuity) => continuities.push(continuity))
  room.on('reset', (reset) => resets.push(reset))
  await client.connect()
  await room.join()
  return {
    client,
    room,
    seen,
    continuities,
    resets,
    data: () => room.messages.map(({ data }) => data),
  }
}
