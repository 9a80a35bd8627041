import type { RoomMembers } from './roomMembers.js'

/** One member's presence in one room by connections to this node. */
export interface Stay {
  connections: number
  /** Runs while the last connection may still come back. */
  grace: NodeJS.Timeout | undefined
}

/** A room that has members on this node. */
export interface LocalRoom {
  readonly members: RoomMembers
  readonly stays: Map<string, Stay>
  /** Resolves once the members on other nodes were read for the first time. */
  opened: Promise<void> | undefined
  /** The number of the last read. */
  look: number
}
