import { randomUUID } from 'node:crypto'
import type { Limits } from '../../shared/limits.js'
import type { EmittedEvent } from '../emittedEvent.js'
import { createWriteQueue } from '../groupCommit.js'
import type { WriteQueue, WriteQueueDeps } from '../groupCommit.js'
import type { SessionClock } from '../sessionClock.js'
import type { OutboxStore, PresenceStore, RoomStore, SessionStore } from '../store.js'
import type { UpkeepStore } from '../upkeep.js'
import type { Database } from './openDatabase.js'
import { selectLeases, selectOthers } from './presenceQueries.js'
import { readMessages } from './readMessages.js'
import { selectHead, selectHeads, selectState } from './roomQueries.js'
import type { RoomLogs } from './roomQueries.js'
import { selectLongRooms } from './roomSweepQueries.js'
import {
  selectById,
  selectByIds,
  selectByToken,
  selectByUser,
  selectIdsOfUser,
} from './sessionQueries.js'

/** What the operations of a store need. */
export interface OperationDeps extends WriteQueueDeps {
  /** The connection for reads. */
  database: Database
  clock: SessionClock
}

/** Creates the operations of a store. They read from the database and write through queues. */
export function createOperations(deps: OperationDeps) {
  const { database, epoch, clock, limits } = deps
  const queues = createQueues(deps)
  return {
    sessions: sessionsOf(database, queues, clock, limits),
    rooms: roomsOf({ database, epoch }, queues),
    outboxes: outboxesOf(queues),
    presence: presenceOf(database, queues),
    upkeep: upkeepOf(database, queues, limits),
    tellEvent: (event: EmittedEvent): Promise<void> => queues.upkeep.run('tellEvent', event),
    /** A probe: writes something that needs space and leaves no trace. */
    tryToWrite: () => queues.upkeep.runAlone('tryToWrite', undefined),
    /** How many writes wait for the end of their transaction. */
    countPending: () => countPending(queues),
  }
}

/** Separate queues, so that other writes do not wait behind an app's handlers. */
interface Queues {
  readonly once: WriteQueue
  readonly sessions: WriteQueue
  readonly presence: WriteQueue
  /** For writes that must not be refused because other queues are full. */
  readonly upkeep: WriteQueue
}

function createQueues(deps: WriteQueueDeps): Queues {
  return {
    once: createWriteQueue(deps),
    sessions: createWriteQueue({ ...deps, storeName: 'The session store' }),
    presence: createWriteQueue(deps),
    upkeep: createWriteQueue(deps),
  }
}

function countPending({ once, sessions, presence, upkeep }: Queues): number {
  return once.pending + sessions.pending + presence.pending + upkeep.pending
}

function sessionsOf(
  database: Database,
  { sessions, upkeep }: Queues,
  { moment }: SessionClock,
  limits: Limits,
): SessionStore {
  return {
    findByToken: (tokenHash) => selectByToken(database, tokenHash, moment()),
    find: (id) => selectById(database, id, moment()),
    findCommitted: (id) => upkeep.run('findCommitted', id),
    findAll: (ids) => selectByIds(database, ids, moment()),
    ofUser: (userId) => selectByUser(database, userId, moment(), limits),
    idsOfUser: (userId) => selectIdsOfUser(database, userId),
    begin: (metadata, tokenHash) =>
      sessions.run('beginSession', { id: randomUUID(), metadata, tokenHash }),
    renew: (id, tokens) => sessions.run('renewSession', { id, ...tokens }),
    // Alone, since other writes of a shared transaction were decided for the previous user.
    changeUser: (id, change) =>
      upkeep.runAlone('changeUser', { id, newId: randomUUID(), ...change }),
    touch: (ids, now) => sessions.run('touchSessions', { ids, now }),
    end: (ids) => upkeep.run('endSessions', ids),
  }
}

function roomsOf(logs: RoomLogs, { presence, upkeep }: Queues): RoomStore {
  return {
    epoch: logs.epoch,
    head: (room) => selectHead(logs, room),
    heads: (rooms) => selectHeads(logs, rooms),
    read: (room, range) => readMessages(logs, room, range),
    state: (room) => selectState(logs, room),
    noteUsed: (rooms) => presence.run('noteUsedRooms', rooms),
    tellRights: (change) => upkeep.run('tellRights', change),
  }
}

function outboxesOf({ once }: Queues): OutboxStore {
  return {
    deliver: (delivery) => once.run('deliver', delivery),
    append: (append, session) => once.run('append', { append, session }),
    transact: (work) => once.transact(work),
  }
}

function presenceOf(database: Database, { presence }: Queues): PresenceStore {
  return {
    others: (rooms, node) => selectOthers(database, rooms, node),
    place: (node, change) => presence.run('placeMembers', { node, ...change }),
    leases: () => selectLeases(database),
    renewLease: (node) => presence.run('renewLease', node),
    takeLease: (node) => presence.run('takeLease', node),
    closeNode: (node, keptMs) => presence.run('closeNode', { node, keptMs }),
    revokeLease: (lease) => presence.run('revokeLease', lease),
    removeMembers: (node) => presence.run('removeMembers', node),
    removeNode: (node) => presence.run('removeNode', node),
  }
}

function upkeepOf(database: Database, { upkeep }: Queues, limits: Limits): UpkeepStore {
  return {
    judgeClock: (sinceLookMs) => upkeep.runAlone('judgeClock', sinceLookMs),
    removeSessions: (now) => upkeep.runAlone('removeSessions', now),
    removeOldMessages: (now) => upkeep.runAlone('removeOldMessages', now),
    trimRoom: (room) => upkeep.runAlone('trimRoom', room),
    longRoomsAfter: (name) => selectLongRooms(database, name, limits.roomRetentionMessages),
    removeOldAnswers: (now) => upkeep.runAlone('removeOldAnswers', now),
    removeOldOutboxes: (now, after) => upkeep.runAlone('removeOldOutboxes', { now, after }),
  }
}
