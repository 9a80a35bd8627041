import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connection, RealtimeServer } from './connection.js'

type Conn = Connection['conn']

/** A packet of Engine.IO. */
export interface Packet {
  readonly type: string
  readonly data?: string | Buffer
  /** Shared by all who get the same packet; Engine.IO's own packets may have none. */
  readonly options?: object | undefined
}

/** Who wants to know of transports, each of which will carry a connection if it is let in. */
export interface TransportWatcher {
  /** A request of a transport came; says whether this has answered it, so that nobody else does. */
  requested?(this: void, request: IncomingMessage, response: ServerResponse): boolean
  opened?(this: void, conn: Conn): void
  /** Its connection was let in. */
  admitted?(this: void, conn: Conn): void
  closed?(this: void, conn: Conn, reason: string): void
  /** A batch of packets is about to be handed to the transport. */
  sending?(this: void, conn: Conn): void
}

/** The transports of a server. */
export interface Transports {
  /** Those that are open. */
  readonly open: ReadonlySet<Conn>
  watch(this: void, watcher: TransportWatcher): void
}

/** Tells watchers of transports; for however many there are, it listens once to each thing. */
export function watchTransports(io: RealtimeServer): Transports {
  const open = new Set<Conn>()
  const watchers: TransportWatcher[] = []
  /** Apart, since they are called for every batch. */
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
