import type {
  AnyContract,
  ClientToServerEvents,
  CoreContract,
  ServerToClientEvents,
} from '@yektayar/protocol'
import type { DefaultEventsMap, Server, Socket } from 'socket.io'
import type { CommandSession } from '../sessions/commandSession.js'

/** The server's data of a connection. It contains ids, never the token. */
export interface ConnectionData {
  sessionId: string
  userId: string | null
  isLoggedIn: boolean
  /** The session's last recorded activity, in milliseconds since 1970. */
  lastActivityAt: number
  /** Whether its session has ended or is about to; no command may take effect from then on. */
  isEnded: boolean
  /** Its rooms, each with its member there; created with the first room. */
  rooms: Map<string, string> | undefined
}

/** One live Socket.IO socket of a session. */
export type Connection<Contract extends AnyContract = CoreContract> = Socket<
  ClientToServerEvents<Contract>,
  ServerToClientEvents<Contract>,
  DefaultEventsMap,
  ConnectionData
>

/** The Socket.IO server, typed by the contract. */
export type RealtimeServer<Contract extends AnyContract = CoreContract> = Server<
  ClientToServerEvents<Contract>,
  ServerToClientEvents<Contract>,
  DefaultEventsMap,
  ConnectionData
>

/**
 * The Socket.IO rooms in which an app reaches a connection by who it is: `session:<id>`, and
 * `user:<id>` while somebody is signed in.
 */
export function identityRooms({
  sessionId,
  userId,
}: Pick<ConnectionData, 'sessionId' | 'userId'>): string[] {
  const session = `session:${sessionId}`
  return userId === null ? [session] : [session, `user:${userId}`]
}

/** The current session of a connection. */
export function sessionOf({ data }: Connection): CommandSession {
  return { id: data.sessionId, userId: data.userId, isLoggedIn: data.isLoggedIn }
}
