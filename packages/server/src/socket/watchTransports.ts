import type { Connection, RealtimeServer } from './connection.js'

type Conn = Connection['conn']

/** Who wants to know of transports, each of which will carry a connection if it is let in. */
export interface TransportWatcher {
  opened?(this: void, conn: Conn): void
  closed?(this: void, conn: Conn, reason: string): void
}

/** Tells watchers of transports; however many there are, a transport has one listener for them. */
export function watchTransports(io: RealtimeServer): (watcher: TransportWatcher) => void {
  const watchers: TransportWatcher[] = []

  function onClose(this: Conn, reason: string): void {
    for (const { closed } of watchers) closed?.(this, reason)
  }
  io.engine.on('connection', (conn: Conn) => {
    for (const { opened } of watchers) opened?.(conn)
    conn.on('close', onClose)
  })
  return (watcher) => {
    watchers.push(watcher)
  }
}
