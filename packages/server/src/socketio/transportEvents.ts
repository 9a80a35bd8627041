import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connection, RealtimeServer } from './connection.js'

type Conn = Connection['conn']

/** A packet of Engine.IO. */
export interface Packet {
  readonly type: string
  readonly data?: string | Buffer
  /** Shared by all receivers of a broadcast; Engine.IO's own packets may have none. */
  readonly options?: object | undefined
}

/** Callbacks for the events of transports. A transport gets a connection once it is admitted. */
export interface TransportWatcher {
  /** A request arrived. Returns true if the watcher has answered it; nobody else does then. */
  requested?(this: void, request: IncomingMessage, response: ServerResponse): boolean
  opened?(this: void, conn: Conn): void
  /** Its connection was admitted. */
  admitted?(this: void, conn: Conn): void
  closed?(this: void, conn: Conn, reason: string): void
  /** A batch of packets is about to be passed to the transport. */
  sending?(this: void, conn: Conn): void
}

/** The transports of a server. */
export interface Transports {
  /** The open connections. */
  readonly open: ReadonlySet<Conn>
  watch(this: void, watcher: TransportWatcher): void
}

/** Notifies watchers; registers one listener per event, however many watchers there are. */
export function watchTransports(io: RealtimeServer): Transports {
  const open = new Set<Conn>()
  const watchers: TransportWatcher[] = []
  /** A separate list, since it is used for every batch. */
  const sending: NonNullable<TransportWatcher['sending']>[] = []

  io.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    for (const { requested } of watchers) if (requested?.(request, response)) return
    next()
  })
  function onClose(this: Conn, reason: string): void {
    open.delete(this)
    for (const { closed } of watchers) closed?.(this, reason)
  }
  io.engine.on('connection', (conn: Conn) => {
    open.add(conn)
    for (const { opened } of watchers) opened?.(conn)
    conn.on('close', onClose)
  })
  io.engine.on('flush', (conn: Conn) => {
    for (const send of sending) send(conn)
  })
  io.on('connection', ({ conn }) => {
    for (const { admitted } of watchers) admitted?.(conn)
  })
  return {
    open,
    watch(watcher) {
      watchers.push(watcher)
      if (watcher.sending) sending.push(watcher.sending)
    },
  }
}
