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

/** What is written about who is where, by name. */
export const presenceWrites = {
  enterRooms: (
    { transaction }: Batch,
    { node, presences }: { node: string; presences: readonly Presence[] },
  ): Promise<void> => insertPresences(transaction, node, presences),

  leaveRoom: (
    { transaction }: Batch,
    { node, presence }: { node: string; presence: Presence },
  ): Promise<void> => deletePresence(transaction, node, presence),

  renewLease: ({ transaction, moment: { now } }: Batch, node: string): Promise<boolean> =>
    renewLease(transaction, node, now),

  takeLease: ({ transaction, moment: { now } }: Batch, node: string): Promise<void> =>
    insertLease(transaction, node, now),

  revokeLease: ({ transaction }: Batch, lease: NodeLease): Promise<void> =>
    revokeLease(transaction, lease),

  removeMembers: ({ transaction }: Batch, node: string): Promise<boolean> =>
    deletePresenceOf(transaction, node),

  removeNode: ({ transaction }: Batch, node: string): Promise<void> =>
    deleteNode(transaction, node),
}
