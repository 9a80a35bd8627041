/** A member in a room. */
export interface Presence {
  readonly room: string
  readonly member: string
}

/** A member in a room, and what the member shows there. */
export interface StoredPresence extends Presence {
  /** JSON; `null` for nothing. */
  readonly data: string | null
  /** When it was set. */
  readonly at: number
}

/** What has changed on a node: at most `PRESENCES_PER_WRITE` members. */
export interface PresenceChange {
  /** Who came, or shows something else. */
  readonly entered: readonly StoredPresence[]
  readonly left: readonly Presence[]
}

/** The lease of a node; `seenAt` changes with each renewal. */
export interface NodeLease {
  readonly id: string
  readonly seenAt: number
  /** For a node that has closed: how long the others keep its members, in milliseconds. */
  readonly keptMs: number | null
}

/** The members of rooms, and the nodes of their connections. */
export interface PresenceStore {
  /** The members of rooms on other nodes, for each node. */
  others(this: void, rooms: readonly string[], node: string): Promise<StoredPresence[]>
  /**
   * Records who is in rooms through a node, and who no longer. Of these members, nodes that have
   * closed have none any more. Returns the rooms in which they had.
   */
  place(this: void, node: string, change: PresenceChange): Promise<string[]>
  /** The members of a node, in order, after one of them: at most `PRESENCES_PER_WRITE`. */
  ofNode(this: void, node: string, after?: Presence): Promise<Presence[]>
  leases(this: void): Promise<NodeLease[]>
  /** Renews a node's lease. Returns whether it still had one. */
  renewLease(this: void, node: string): Promise<boolean>
  /** Gives a lease to a node that has lost its own or never had one. */
  takeLease(this: void, node: string): Promise<void>
  /** A node closes: others keep its members for a while, since they may come to them. */
  closeNode(this: void, node: string, keptMs: number): Promise<void>
  /** Revokes a node's lease, unless the node has renewed it. */
  revokeLease(this: void, lease: NodeLease): Promise<void>
  /** Removes some members of a node without a lease. Returns whether there may be more. */
  removeMembers(this: void, node: string): Promise<boolean>
  /** Removes a node without a lease. */
  removeNode(this: void, node: string): Promise<void>
}

/** The maximum number of presence rows in one write, or in one read of a node's members. */
export const PRESENCES_PER_WRITE = 500
