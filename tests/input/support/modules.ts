import { createRequire } from 'node:module'
import type { EventEmitter } from 'node:events'

/** The part of a `ws` WebSocket that the tests use. */
export interface WebSocketLike extends EventEmitter {
  send(data: string | Uint8Array): void
  terminate(): void
}

/** The part of a `libsql` connection that the tests use. */
export interface SqliteLike {
  exec(sql: string): void
  close(): void
}

interface WebSocketOptions {
  headers?: Record<string, string>
  perMessageDeflate?: boolean
}

// Resolved through the packages under test, so that the versions are the same.
const fromSocketIoClient = createRequire(createRequire(import.meta.url).resolve('socket.io-client'))
const fromEngineClient = createRequire(fromSocketIoClient.resolve('engine.io-client'))
const fromServer = createRequire(new URL('../../../packages/server/package.json', import.meta.url))

/** The class of `ws`, typed here because its types cannot be imported from this folder. */
export const WebSocket = fromEngineClient('ws') as new (
  url: string,
  options?: WebSocketOptions,
) => WebSocketLike

/** The class of `libsql`, the server's SQLite library. */
export const Sqlite = fromServer('libsql') as new (path: string) => SqliteLike
