import type { Limits } from '../../shared/limits.js'
import type { StoreReads } from '../operations.js'
import { readMessages } from '../readMessages.js'
import type { SessionClock } from '../sessionClock.js'
import { compareLogs } from './compareLogs.js'
import { messageRowsOf } from './messageRows.js'
import type { Database } from './openDatabase.js'
import { selectLeases, selectOfNode, selectOthers } from './presenceQueries.js'
import { selectHead, selectHeads, selectState } from './roomQueries.js'
import { selectLongRooms } from './roomSweepQueries.js'
import {
  selectById,
  selectByIds,
  selectByToken,
  selectByUser,
  selectIdsOfUser,
} from './sessionQueries.js'

/** What the reads of a store need. */
export interface SqliteReadsDeps {
  /** The connection for reads. */
  database: Database
  epoch: string
  clock: SessionClock
  limits: Limits
}

/** Creates the reads of a store. */
export function createSqliteReads({
  database,
  epoch,
  clock: { moment },
  limits,
}: SqliteReadsDeps): StoreReads {
  const logs = { database, epoch }
  const messageRows = messageRowsOf(logs)
  return {
    sessions: {
      findByToken: (tokenHash) => selectByToken(database, tokenHash, moment()),
      find: (id) => selectById(database, id, moment()),
      findAll: (ids) => selectByIds(database, ids, moment()),
      ofUser: (userId) => selectByUser(database, userId, moment(), limits),
      idsOfUser: (userId) => selectIdsOfUser(database, userId),
    },
    rooms: {
      head: (room) => selectHead(logs, room),
      heads: (rooms) => selectHeads(logs, rooms),
      compare: (places) => compareLogs(logs, messageRows, places),
      read: (room, range) => readMessages(messageRows, room, range),
      state: (room) => selectState(logs, room),
    },
    presence: {
      others: (rooms, node) => selectOthers(database, rooms, node),
      ofNode: (node, after) => selectOfNode(database, node, after),
      leases: () => selectLeases(database),
    },
    upkeep: {
      longRoomsAfter: (name) => selectLongRooms(database, name, limits.roomRetentionMessages),
    },
  }
}
