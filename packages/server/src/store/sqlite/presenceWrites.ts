import { PRESENCES_PER_WRITE } from '../presenceStore.js'
import type { NodeLease, PresenceChange } from '../presenceStore.js'
import type { Batch } from './batch.js'
import {
  closeLease,
  deleteFromClosedNodes,
  deleteNode,
  deletePresenceOf,
  deletePresences,
  insertLease,
  renewLease,
  revokeLease,
  upsertPresences,
} from './presenceQueries.js'

/** Writes of presence and of node leases, by name. */
export const presenceWrites = {
  /** Returns the rooms in which a closed node had the same members. */
  async placeMembers(
    { transaction, news }: Batch,
    { node, entered, left }: PresenceChange & { node: string },
  ): Promise<string[]> {
    const all = [...entered, ...left]
    for (const { room } of all) news.room(room)
    await upsertPresences(transaction, node, entered)
    await deletePresences(transaction, node, left)
    return deleteFromClosedNodes(transaction, all)
  },

  closeNode(
    { transaction, news, moment: { now } }: Batch,
    { node, keptMs }: { node: string; keptMs: number },
  ): Promise<void> {
    news.other()
    return closeLease(transaction, { id: node, seenAt: now, keptMs })
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
