import { ROOM } from './roomClient.js'
import type { roomClient } from './roomClient.js'

/** The data of the messages in a room, as a reader gets them. */
export async function logOf(client: Awaited<ReturnType<typeof roomClient>>, room = ROOM) {
  const { messages } = await client.join(room)
  return messages.map(({ data }) => data)
}
