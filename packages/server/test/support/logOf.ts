import { ROOM } from './roomClient.js'
import type { roomClient } from './roomClient.js'

/** What a room holds, as a reader gets it. */
export async function logOf(client: Awaited<ReturnType<typeof roomClient>>, room = ROOM) {
  const { messages } = await client.join(room)
  return messages.map(({ data }) => data)
}
