import { randomUUID } from 'node:crypto'
import type { NodeEvent } from './emittedEvent.js'
import { createWriteQueue } from './groupCommit.js'
import type { WriteQueue, WriteQueueDeps } from './groupCommit.js'
import type { OutboxStore, RoomStore, SessionStore } from './store.js'
import type { PresenceStore } from './presenceStore.js'
import type { UpkeepStore } from './upkeep.js'

/** The reads of a store. */
export interface StoreReads {
  readonly sessions: Pick<SessionStore, 'findByToken' | 'find' | 'findAll' | 'ofUser' | 'idsOfUser'>
  readonly rooms: Pick<RoomStore, 'head' | 'heads' | 'compare' | 'read' | 'state'>
  readonly presence: Pick<PresenceStore, 'others' | 'ofNode' | 'leases'>
  readonly upkeep: Pick<UpkeepStore, 'longRoomsAfter'>
}

/** Creates the operations of a store. They write through queues. */
export function createOperations(deps: WriteQueueDeps, reads: StoreReads) {
  const queues = createQueues(deps)
  return {
    sessions: sessionsOf(reads, queues),
    rooms: roomsOf(reads, queues, deps.epoch),
    outboxes: outboxesOf(queues),
    presence: presenceOf(reads, queues),
    upkeep: upkeepOf(reads, queues),
    tellEvent: (event: NodeEvent): Promise<void> => queues.upkeep.run('tellEvent', event),
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

function sessionsOf(reads: StoreReads, { sessions, upkeep }: Queues): SessionStore {
  return {
    ...reads.sessions,
    findCommitted: (id) => upkeep.run('findCommitted', id),
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

function roomsOf(reads: StoreReads, { presence, upkeep }: Queues, epoch: string): RoomStore {
  return {
    ...reads.rooms,
    epoch,
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

function presenceOf(reads: StoreReads, { presence }: Queues): PresenceStore {
  return {
    ...reads.presence,
    place: (node, change) => presence.run('placeMembers', { node, ...change }),
    renewLease: (node) => presence.run('renewLease', node),
    takeLease: (node) => presence.run('takeLease', node),
    closeNode: (node, keptMs) => presence.run('closeNode', { node, keptMs }),
    revokeLease: (lease) => presence.run('revokeLease', lease),
    removeMembers: (node) => presence.run('removeMembers', node),
    removeNode: (node) => presence.run('removeNode', node),
  }
}

function upkeepOf(reads: StoreReads, { upkeep }: Queues): UpkeepStore {
  return {
    ...reads.upkeep,
    judgeClock: (sinceLookMs) => upkeep.runAlone('judgeClock', sinceLookMs),
    removeSessions: (now) => upkeep.runAlone('removeSessions', now),
    removeOldMessages: (now) => upkeep.runAlone('removeOldMessages', now),
    trimRoom: (room) => upkeep.runAlone('trimRoom', room),
    removeOldAnswers: (now) => upkeep.runAlone('removeOldAnswers', now),
    removeOldOutboxes: (now, after) => upkeep.runAlone('removeOldOutboxes', { now, after }),
  }
}
