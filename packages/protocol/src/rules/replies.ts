import type { InfoReport, MessageReceipt, StatusReport, Welcome } from '../coreContract.js'
import type { SessionIdentity } from '../member.js'
import type { RoomMessage, RoomReceipt } from '../room.js'

const ENGINE_IO_PROTOCOL = 4
const VISIBLE_CHARACTERS = 6

/** Names and texts that the guide fixes, where an app has none of its own. */
export const productTexts = {
  serverName: 'YektaYar API Server',
  platformName: 'YektaYar Mental Health Platform API',
  description: 'Backend API with Socket.IO real-time communication',
} as const

/** The fields of a connection that the guide's replies contain. */
export interface ReportedConnection {
  readonly id: string
  readonly token: string
  /** Its Socket.IO rooms. */
  readonly rooms: Iterable<string>
}

/** Masks a token: `***` and its last six characters. */
export function maskToken(token: string): string {
  return `***${token.slice(-VISIBLE_CHARACTERS)}`
}

/** The event `connected`. */
export function welcomeOf(socketId: string, { userId }: Pick<SessionIdentity, 'userId'>): Welcome {
  return { message: 'Connected to YektaYar server', socketId, isLoggedIn: userId !== null }
}

/** What an app calls itself. */
export interface ReportedProduct {
  readonly version: string
  /** @default the one of the guide */
  readonly name?: string
  /** @default the one of the guide */
  readonly description?: string
}

/**
 * The result of `status`.
 *
 * @param timestamp an ISO 8601 time: the server's, from which clients derive when tokens expire
 */
export function statusReport(
  { id, token, rooms }: ReportedConnection,
  { userId }: Pick<SessionIdentity, 'userId'>,
  { version, name = productTexts.serverName }: ReportedProduct,
  timestamp: string,
): StatusReport {
  return {
    server: { name, version, status: 'running', timestamp },
    connection: {
      socketId: id,
      sessionToken: token,
      userId,
      isLoggedIn: userId !== null,
      rooms: [...rooms],
    },
  }
}

/** The result of `info`; the token is masked. */
export function infoReport(
  websocket: Omit<InfoReport['websocket'], 'protocol'>,
  { userId }: Pick<SessionIdentity, 'userId'>,
  { token, ...product }: ReportedProduct & { readonly token: string },
  timestamp: string,
): InfoReport {
  const { version, name = productTexts.platformName, description } = product
  return {
    server: {
      name,
      version,
      description: description ?? productTexts.description,
      features: { rest: true, websocket: true, authentication: true, realtime: true },
    },
    // In the order in which the guide shows it.
    websocket: {
      connected: websocket.connected,
      transport: websocket.transport,
      protocol: ENGINE_IO_PROTOCOL,
      activeConnections: websocket.activeConnections,
    },
    session: {
      authenticated: userId !== null,
      userId: userId ?? 'anonymous',
      sessionToken: maskToken(token),
    },
    timestamp,
  }
}

/** The result of `message`. */
export function messageReceipt({ data, at }: Pick<RoomMessage, 'data' | 'at'>): MessageReceipt {
  return { success: true, message: 'Message received successfully', data, timestamp: at }
}

/** The result of `room:send`. */
export function roomReceipt({ room, epoch, seq, id, at }: RoomMessage): RoomReceipt {
  return { room, epoch, seq, id, at }
}
