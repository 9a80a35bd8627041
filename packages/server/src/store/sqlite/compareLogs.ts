import { readMessages } from '../readMessages.js'
import type { MessageRows } from '../readMessages.js'
import type { ComparedLog, RoomPlace } from '../store.js'
import { selectHead } from './roomQueries.js'
import type { RoomLogs } from './roomQueries.js'

/** What logs have at the places, in their order. */
export function compareLogs(
  logs: RoomLogs,
  rows: MessageRows,
  places: readonly RoomPlace[],
): Promise<ComparedLog[]> {
  return Promise.all(
    places.map(async ({ room, seq }) => {
      const range = { before: seq + 1, limit: 1, maxBytes: 1 }
      const [last] = (await readMessages(rows, room, range)).messages
      return {
        head: await selectHead(logs, room),
        idAtPlace: last?.seq === seq ? last.id : undefined,
      }
    }),
  )
}
