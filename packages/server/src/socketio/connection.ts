import type {
  AnyContract,
  ClientToServerEvents,
  CoreContract,
  ServerToClientEvents,
} from '@yektayar/protocol'
import type { DefaultEventsMap, Server, Socket } from 'socket.io'
import type { CommandSession } from '../sessions/commandSession.js'

/** What the server keeps with a connection: ids, never the token. */
export interface ConnectionData {
  sessionId: string
  userId: string | null
  isLoggedIn: boolean
  /** When the session's last activity was written down, in milliseconds since 1970. */
  lastActivityAt: number
  /** Whether its session is over or about to be; nothing may take effect from then on. */
  isEnded: boolean
  /** The rooms it is in, and who it is there; made with the first. */
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

/** The session behind a connection, as it is now. */
export function sessionOf({ data }: Connection): CommandSession {
  return { id: data.sessionId, userId: data.userId, isLoggedIn: data.isLoggedIn }
}
