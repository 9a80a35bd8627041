import type { IncomingMessage } from 'node:http'
import type { Connection, RealtimeServer } from './connection.js'
import * as internals from './engineInternals.js'

type Conn = Connection['conn']

/** A private name. If its object is missing, the name itself does not count as missing. */
interface PrivateName<Holder> {
  /** For the log: the package, the object and the name. */
  readonly name: string
  /** Whether it exists, with a value of the expected type. */
  isIn(this: void, holder: Holder): boolean
}

/** A feature that is on only if all private names that it needs exist. */
export interface Feature<Holder> {
  /** For the log: what is off when a name is missing. */
  readonly what: string
  readonly names: readonly PrivateName<Holder>[]
}

/** Whether an object has all names that a feature needs. */
export function works<Holder>({ names }: Feature<Holder>, holder: Holder): boolean {
  return names.every(({ isIn }) => isIn(holder))
}

const transportWritable: PrivateName<Conn> = {
  name: 'engine.io transport.writable',
  isIn: internals.tellsWritable,
}
const transportReady = transportEvent('ready')
const transportSocket: PrivateName<Conn> = {
  name: 'engine.io transport.socket',
  isIn: (conn) => internals.webSocketOf(conn) !== undefined,
}
const webSocketTcp: PrivateName<Conn> = {
  name: 'ws webSocket._socket',
  isIn: (conn) => !internals.webSocketOf(conn) || internals.tcpOf(conn) !== undefined,
}

/** Frames written directly to the TCP socket, with pings that show how far the peer has read. */
export const directFrames: Feature<Conn> = {
  what: 'writing frames directly to TCP, and measuring what a client over WebSocket has read',
  names: [
    transportSocket,
    webSocketTcp,
    transportWritable,
    { name: 'engine.io transport.send', isIn: internals.hasSend },
    transportReady,
    transportEvent('drain'),
  ],
}

/** Observing what a peer over polling has read. */
export const pollAccounts: Feature<Conn> = {
  what: 'measuring what a client over polling has read',
  names: [
    { name: 'engine.io transport.res', isIn: internals.tellsPolls },
    transportWritable,
    transportReady,
  ],
}

/** One write for all packets of a turn of the event loop. */
export const corkedWrites: Feature<Conn> = {
  what: 'one TCP write for all packets of one turn of the event loop',
  names: [transportWritable, transportReady],
}

const resets: Feature<Conn> = {
  what: 'TCP resets of slow consumers',
  names: [transportSocket, webSocketTcp],
}
const forcedCloses: Feature<Conn> = {
  what: 'ending a connection at once whose close still waits for its client',
  names: [transportEvent('close')],
}
const heartbeats: Feature<Conn> = {
  what: 'taking a client that reads for alive before it answers the heartbeat',
  names: [
    {
      name: 'engine.io socket.pingTimeoutTimer',
      isIn: (conn) => internals.heartbeatTimerOf(conn) !== undefined,
    },
  ],
}
const unsentOnClose: Feature<Conn> = {
  what: 'sending queued packets before the server closes a connection',
  names: [
    {
      name: 'engine.io socket.writeBuffer',
      isIn: (conn) => internals.unsentPacketsOf(conn) !== undefined,
    },
  ],
}

/** Checked at the first WebSocket transport. */
export const webSocketFeatures: readonly Feature<Conn>[] = [
  directFrames,
  corkedWrites,
  resets,
  forcedCloses,
  heartbeats,
  unsentOnClose,
  { what: 'the limit on control frames', names: [transportSocket] },
  {
    what: 'avoiding an unused error for each WebSocket that closes',
    names: [{ name: 'ws webSocket._receiver', isIn: hasReceiver }],
  },
  {
    what: 'noticing that a client reads within a large frame',
    names: [{ name: 'node tcp._handle.writeQueueSize', isIn: hasKernelQueue }],
  },
]

/** Checked at the first polling transport. */
export const pollingFeatures: readonly Feature<Conn>[] = [
  pollAccounts,
  forcedCloses,
  heartbeats,
  unsentOnClose,
  {
    what: 'the short time limit for closing a connection over polling',
    names: [{ name: 'engine.io transport.closeTimeout', isIn: internals.hasPollingClose }],
  },
]

const handshakeGuards = 'the limits on handshakes, and their refusal while the server closes'

/** Checked when the server starts. */
export const serverFeatures: readonly Feature<RealtimeServer>[] = [
  {
    what: handshakeGuards,
    names: [
      { name: 'engine.io server.clients', isIn: (io) => internals.clientsOf(io) !== undefined },
    ],
  },
  {
    what: 'the short time limit for closing a WebSocket',
    names: [{ name: 'ws option closeTimeout', isIn: internals.hasCloseTimeoutOption }],
  },
  {
    what: 'catching what onAnyOutgoing() listeners throw',
    names: [
      {
        name: 'socket.io socket.notifyOutgoingListeners',
        isIn: () => internals.outgoingNotifier() !== undefined,
      },
    ],
  },
  {
    what: 'encoding the frame of a broadcast once for all its receivers',
    names: [{ name: 'socket.io-adapter options.wsPreEncodedFrame', isIn: sharesFrames }],
  },
]

/** Checked at the first request. */
export const requestFeatures: readonly Feature<IncomingMessage>[] = [
  {
    what: handshakeGuards,
    names: [
      {
        name: 'engine.io request._query',
        isIn: (request) => internals.queryOf(request) !== undefined,
      },
    ],
  },
]

/** Checked at the first upgrade. */
export const upgradeFeatures: readonly Feature<object>[] = [
  {
    what: 'freeing the memory of the upgrade request of a WebSocket',
    names: [{ name: 'engine.io response.req', isIn: internals.keepsRequest }],
  },
]

/** Skipping Socket.IO's listeners for packets that only the dispatcher handles. */
export const unheardPackets: Feature<Connection> = {
  what: 'skipping Socket.IO’s work for packets to which the app does not listen',
  names: [
    {
      name: 'socket.io socket.dispatch',
      isIn: () => internals.packetDispatch() !== undefined,
    },
    {
      name: 'socket.io socket.fns',
      isIn: (connection) => internals.middlewaresOf(connection) !== undefined,
    },
  ],
}

/** Checked at the first admitted connection. */
export const connectionFeatures: readonly Feature<Connection>[] = [
  {
    what: 'the limit on packets that wait, and skipping the scan of harmless packets',
    names: [
      {
        name: 'socket.io client.decoder',
        isIn: (connection) => internals.decoderOf(connection) !== undefined,
      },
    ],
  },
  {
    what: 'request ids that clients know, too',
    names: [{ name: 'socket.io socket.ack', isIn: internals.makesAnswers }],
  },
  unheardPackets,
]

/** Every feature that needs private names. */
export const allFeatures: readonly Feature<never>[] = [
  ...serverFeatures,
  ...requestFeatures,
  ...upgradeFeatures,
  ...webSocketFeatures,
  ...pollingFeatures,
  ...connectionFeatures,
]

function transportEvent(event: internals.TransportEvent): PrivateName<Conn> {
  return {
    name: `engine.io transport event ${event}`,
    isIn: (conn) => internals.hearsTransport(conn, event),
  }
}

function hasReceiver(conn: Conn): boolean {
  const webSocket = internals.webSocketOf(conn)
  return !webSocket || internals.receiverOf(webSocket) !== undefined
}

function hasKernelQueue(conn: Conn): boolean {
  const tcp = internals.tcpOf(conn)
  return !tcp || internals.kernelQueueOf(tcp) !== undefined
}

function sharesFrames(io: RealtimeServer): boolean {
  const options = internals.broadcastOptions(io)
  return internals.sharedFrameOf({ type: 'message', options }) !== undefined
}
