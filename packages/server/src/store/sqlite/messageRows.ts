import { sql } from 'kysely'
import type { MessageRow, MessageRows, RowSize } from '../readMessages.js'
import { compileOnce } from './compileOnce.js'
import type { RoomLogs } from './roomQueries.js'

/** SQLite takes the length from the header of a row and does not read the text. */
const bytes = sql<number>`octet_length(messages)`.as('bytes')

/** The first rows that have a message after a position. */
const selectSizesAfter = compileOnce<{ room: string; after: number; limit: number }, RowSize>(
  (database, value) =>
    database
      .selectFrom('room_messages')
      .select(['last_seq', bytes])
      .where('room', '=', value('room'))
      .where('last_seq', '>', value('after'))
      .orderBy('last_seq')
      .limit(value('limit')),
)

/** The last rows that have a message before a position, newest first. */
const selectSizesBefore = compileOnce<{ room: string; before: number; limit: number }, RowSize>(
  (database, value) =>
    database
      .selectFrom('room_messages')
      .select(['last_seq', bytes])
      .where('room', '=', value('room'))
      .where(
        'last_seq',
        '<=',
        // The row that has the last message before the position, or the newest row of all.
        sql<number>`coalesce((select last_seq from room_messages where room = ${value('room')}
        and last_seq >= ${value('before')} - 1 order by last_seq limit 1), ${value('before')})`,
      )
      .orderBy('last_seq', 'desc')
      .limit(value('limit')),
)

/** Rows in order, from the key of the first to the key of the last one. */
const selectRows = compileOnce<{ room: string; first: number; last: number }, MessageRow>(
  (database, value) =>
    database
      .selectFrom('room_messages')
      .select(['last_seq', 'messages', 'at'])
      .where('room', '=', value('room'))
      .where('last_seq', '>=', value('first'))
      .where('last_seq', '<=', value('last'))
      .orderBy('last_seq'),
)

/** The rows of all logs in a database. */
export function messageRowsOf({ database, epoch }: RoomLogs): MessageRows {
  return {
    epoch,
    sizesAfter: (query) => selectSizesAfter(database, query),
    sizesBefore: (query) => selectSizesBefore(database, query),
    rows: (query) => selectRows(database, query),
  }
}
