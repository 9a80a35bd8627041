import type { InfoReport, MessageReceipt, StatusReport, Welcome } from '../coreContract.js'
import type { SessionIdentity } from '../member.js'
import type { RoomMessage, RoomReceipt } from '../room.js'

const ENGINE_IO_PROTOCOL = 4
const VISIBLE_CHARACTERS = 6

/** Names and texts that the guide fixes. */
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

/** The result of `status`. */
export function statusReport(
  { id, token, rooms }: ReportedConnection,
  { userId }: Pick<SessionIdentity, 'userId'>,
  version: string,
): StatusReport {
  return {
    server: {
      name: productTexts.serverName,
      version,
      status: 'running',
      timestamp: new Date().toISOString(),
    },
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
  { token, version }: { readonly token: string; readonly version: string },
): InfoReport {
  return {
    server: {
      name: productTexts.platformName,
      version,
      description: productTexts.description,
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
    timestamp: new Date().toISOString(),
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
