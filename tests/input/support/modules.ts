import { createRequire } from 'node:module'
import type { EventEmitter } from 'node:events'

/** What the tests use of a WebSocket of the package `ws`. */
export interface WebSocketLike extends EventEmitter {
  send(data: string | Uint8Array): void
  terminate(): void
}

/** What the tests use of an SQLite connection of the package `libsql`. */
export interface SqliteLike {
  exec(sql: string): void
  close(): void
}

interface WebSocketOptions {
  headers?: Record<string, string>
  perMessageDeflate?: boolean
}

// Both belong to packages under test; asking those for them keeps the versions the same.
const fromSocketIoClient = createRequire(createRequire(import.meta.url).resolve('socket.io-client'))
const fromEngineClient = createRequire(fromSocketIoClient.resolve('engine.io-client'))
const fromServer = createRequire(new URL('../../../packages/server/package.json', import.meta.url))

/** The class of `ws`; its own types are not in reach of this folder. */
export const WebSocket = fromEngineClient('ws') as new (
  url: string,
  options?: WebSocketOptions,
) => WebSocketLike

/** The class of `libsql`, the database that the server works with. */
export const Sqlite = fromServer('libsql') as new (path: string) => SqliteLike
