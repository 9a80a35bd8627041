import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  AcquiredSession,
  AnyContract,
  ClientToServerEvents,
  CoreContract,
  ServerToClientEvents,
} from '@yektayar/protocol'
import { io } from 'socket.io-client'
import type { ManagerOptions, Socket, SocketOptions } from 'socket.io-client'
import { createServer } from '../../src/index.js'
import type { CreateServerOptions } from '../../src/index.js'
import { emptyPostgres, emptyStore, isOnPostgres } from './testDatabase.js'

export type PlainClient = Socket<ServerToClientEvents, ClientToServerEvents>

/** A real server on a free port with an empty database; closed at the end of the scope. */
export async function startServer<
  Contract extends AnyContract = CoreContract,
  Tables extends object = object,
>(
  options = {} as CreateServerOptions<Contract, Tables>, // the core contract has no required options
) {
  const server = await createServer<Contract, Tables>({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: options.databaseUrl ?? (await emptyStore()),
    logLevel: 'silent',
    ...options,
    limits: {
      acquiresPerAddressPerMinute: 10_000,
      commandBurstPerSession: 10_000,
      packetBurst: 10_000,
      ...options.limits,
    },
  })
  await server.listen()
  const clients = new Set<PlainClient>()
  return {
    server,
    url: server.url,
    acquire: () => acquire(server.url),
    /** A plain client that has not connected yet. */
    client: (options: Partial<ManagerOptions & SocketOptions>): PlainClient => {
      const client: PlainClient = io(server.url, {
        forceNew: true,
        autoConnect: false,
        transports: ['websocket'],
        ...options,
      })
      clients.add(client)
      return client
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close()
      await server.close()
    },
  }
}

/** A fresh session of a server. */
export async function acquire(url: string): Promise<AcquiredSession> {
  const response = await fetch(`${url}/api/session/acquire`, { method: 'POST' })
  return (await response.json()) as AcquiredSession // the tests of the route check the shape
}

/** Connects a client, and resolves when the server's welcome arrives. */
export async function connected<Client extends PlainClient>(client: Client): Promise<Client> {
  const welcome = new Promise((resolve, reject) => {
    client.once('connected', resolve)
    client.once('connect_error', reject)
  })
  client.connect()
  await welcome
  return client
}

/** Resolves with the error of a refused connection. */
export function refused(client: PlainClient): Promise<Error & { data?: unknown }> {
  return new Promise((resolve, reject) => {
    client.once('connect_error', resolve)
    client.once('connect', () => {
      reject(new Error('The client was let in'))
    })
    client.connect()
  })
}

/** A directory that is removed at the end of the scope, and the address of a store of its own. */
export async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), 'yektayar-'))
  return {
    path,
    databaseUrl: isOnPostgres ? await emptyPostgres() : `sqlite:${join(path, 'nested', 'test.db')}`,
    databasePath: join(path, 'nested', 'test.db'),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
