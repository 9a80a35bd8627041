import type { RoomMessage } from '@yektayar/protocol'
import { openClient } from './openClient.js'

/** The whole log of a room, read from the server. */
export async function readRoom(url: string, room: string): Promise<RoomMessage[]> {
  await using reader = await openClient({ url })
  const messages: RoomMessage[] = []
  for (;;) {
    const after = messages.at(-1)?.seq ?? 0
    const page = await reader.client.call('room:history', { room, after, limit: 200 })
    messages.push(...page.messages)
    if (!page.more) return messages
  }
}
