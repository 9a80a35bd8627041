import { PRESENCES_PER_WRITE } from '../store.js'
import type { NodeLease, Presence } from '../store.js'
import type { Batch } from './batch.js'
import {
  deleteNode,
  deletePresence,
  deletePresenceOf,
  insertLease,
  insertPresences,
  renewLease,
  revokeLease,
} from './presenceQueries.js'

/** Writes of presence and of node leases, by name. */
export const presenceWrites = {
  enterRooms(
    { transaction, news }: Batch,
    { node, presences }: { node: string; presences: readonly Presence[] },
  ): Promise<void> {
    for (const { room } of presences) news.room(room)
    return insertPresences(transaction, node, presences)
  },

  leaveRoom(
    { transaction, news }: Batch,
    { node, presence }: { node: string; presence: Presence },
  ): Promise<void> {
    news.room(presence.room)
    return deletePresence(transaction, node, presence)
  },

  renewLease({ transaction, news, moment: { now } }: Batch, node: string): Promise<boolean> {
    news.other()
    return renewLease(transaction, node, now)
  },

  takeLease({ transaction, news, moment: { now } }: Batch, node: string): Promise<void> {
    news.other()
    return insertLease(transaction, node, now)
  },

  revokeLease({ transaction, news }: Batch, lease: NodeLease): Promise<void> {
    news.other()
    return revokeLease(transaction, lease)
  },

  /** Returns whether there may be more members to remove. */
  async removeMembers({ transaction, news }: Batch, node: string): Promise<boolean> {
    const rooms = await deletePresenceOf(transaction, node)
    for (const room of rooms) news.room(room)
    return rooms.length === PRESENCES_PER_WRITE
  },

  removeNode({ transaction, news }: Batch, node: string): Promise<void> {
    news.other()
    return deleteNode(transaction, node)
  },
}
