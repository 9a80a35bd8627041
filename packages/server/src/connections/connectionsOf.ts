import type { AnyContract, CoreContract } from '@yektayar/protocol'
import type { Connection, RealtimeServer } from '../socketio/connection.js'

/** The connections of this process, by whom they belong to. */
export interface Connections<Contract extends AnyContract = CoreContract> {
  /** The connections of a user on all devices; none for an id that nobody has. */
  ofUser(this: void, userId: string): Connection<Contract>[]
  /** The connections of a session; none for an id that no session has. */
  ofSession(this: void, sessionId: string): Connection<Contract>[]
}

/** Creates the look-up of connections. */
export function createConnections({ sockets }: RealtimeServer): Connections {
  /** A connection is in the rooms of `identityRooms()`, and leaves that of a user in the turn of a sign-out. */
  const inRoom = (room: string): Connection[] => {
    const ids = [...(sockets.adapter.rooms.get(room) ?? [])]
    return ids.flatMap((id) => sockets.sockets.get(id) ?? [])
  }
  return {
    ofUser: (userId) => inRoom(`user:${userId}`),
    ofSession: (sessionId) => inRoom(`session:${sessionId}`),
  }
}
