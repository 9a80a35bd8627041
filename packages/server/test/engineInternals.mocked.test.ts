import { EventEmitter } from 'node:events'
import type { Socket as TcpSocket } from 'node:net'
import { setTimeout as pass } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { io } from 'socket.io-client'
import { describe, expect, it, vi } from 'vitest'
import type { Limits } from '../src/index.js'
import { trackFlows } from '../src/guards/trackFlows.js'
import { defaultLimits } from '../src/shared/limits.js'
import type { Connection } from '../src/socketio/connection.js'
import * as internals from '../src/socketio/engineInternals.js'
import { flowOf } from '../src/socketio/flow.js'
import { allFeatures } from '../src/socketio/privateFeatures.js'
import type { TransportWatcher } from '../src/socketio/transportEvents.js'
import { connectWithoutReading } from './support/bareWebSocket.js'
import { libraryNames } from './support/libraryNames.js'
import { startLoggingApp } from './support/loggingApp.js'
import { renameIn } from './support/renamedName.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { acquire } from './support/server.js'
import type { PlainClient } from './support/server.js'

const REPORT =
  'private names are missing in this version of Socket.IO, Engine.IO or ws; ' +
  'the features that need them are off'

/** Five times what closing takes with the default grace period for silent peers. */
const CLOSE_MS = 10_000

/** More pushes than the kernel buffers on both sides of a connection can hold. */
const MANY = 1_000

/** A server built on the libraries as currently loaded (possibly patched), and clients of it. */
async function start(limits: Partial<Limits> = {}) {
  const { yektayar } = await import('../src/index.js')
  const started: FastifyInstance[] = []
  const app = await startLoggingApp(async (app) => {
    started.push(app)
    await app.register(yektayar({ databaseUrl: 'sqlite::memory:', limits }))
  })
  const clients: PlainClient[] = []
  const context = {
    acquire: () => acquire(app.url),
    client(options: object): PlainClient {
      const client: PlainClient = io(app.url, { forceNew: true, autoConnect: false, ...options })
      clients.push(client)
      return client
    },
  }
  const server = started[0]?.yektayar.io
  return {
    url: app.url,
    tcpServer: started[0]?.server,
    acquire: context.acquire,
    open: (...transports: string[]) => roomClient(context, undefined, transports),
    connections: () => server?.engine.clientsCount ?? 0,
    /** Sends one event to every connected client. */
    push(bytes: number): void {
      server?.emit('connected', { message: 'x'.repeat(bytes), socketId: '', isLoggedIn: false })
    },
    reports: () => app.find(REPORT),
    missing: () => app.find(REPORT).flatMap((line) => line.missing as string[]),
    close: () => app[Symbol.asyncDispose](),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.close()
      await app[Symbol.asyncDispose]()
    },
  }
}

/** Uses clients over each transport as an app would, then closes the server. */
async function useAll({ open, close }: Awaited<ReturnType<typeof start>>): Promise<void> {
  const clients = [
    await open('websocket'),
    await open('polling'),
    await open('polling', 'websocket'),
  ]
  await vi.waitFor(() => {
    expect(clients[2]?.socket.io.engine.transport.name).toBe('websocket')
  })
  for (const { ask, join } of clients) {
    const text = 'سلام '.repeat(3_000)
    expect(await ask('echo', text)).toMatchObject({ received: text })
    const inOneTurn = Array.from({ length: 20 }, (_, number) => ask('echo', { number }))
    expect(await Promise.all(inOneTurn)).toHaveLength(20)
    await join(ROOM)
  }
  const sent: unknown[] = []
  for (const { send } of clients) {
    const { seq } = await send(ROOM, 'x'.repeat(1_000))
    sent.push(seq)
  }
  await vi.waitFor(() => {
    for (const { seen } of clients) expect(seen.map(({ seq }) => seq)).toEqual(sent)
  })
  const closed = clients.map(
    ({ socket }) => new Promise((resolve) => socket.once('disconnect', resolve)),
  )
  const startedAt = performance.now()
  await Promise.all([close(), ...closed])
  expect(performance.now() - startedAt).toBeLessThan(CLOSE_MS)
}

describe('with a version of the libraries that has all names', () => {
  it('the server reports nothing', async () => {
    await using server = await start()
    await useAll(server)
    expect(server.reports()).toEqual([])
  })
})

it('every private name of a library that a feature needs is renamed by a test', () => {
  const names = allFeatures.flatMap((feature) => feature.names.map(({ name }) => name))
  const ofLibraries = new Set(names.filter((name) => !name.startsWith('node ')))
  const renamed = libraryNames.map(({ label }) => label)
  expect(renamed.toSorted()).toEqual([...ofLibraries].toSorted())
})

describe.each(libraryNames.map((name) => [name.label, name] as const))(
  'with a version of the libraries without %s',
  (label, name) => {
    it('the server works, and says once what is off', async () => {
      using _renamed = renameIn(name)
      await using server = await start()
      await useAll(server)
      expect(server.missing()).toEqual([label])
      const [report] = server.reports()
      expect(report?.level).toBe(40)
      expect(report?.off).not.toHaveLength(0)
    })
  },
)

describe.each(libraryNames.filter(({ label }) => / transport|_socket/.test(label)))(
  'with a version of the libraries without $label',
  (name) => {
    it('a peer that reads gets everything, and one that does not is cut', async () => {
      using _renamed = renameIn(name)
      const limits = { unreadTimeoutMs: 300, maxUnreadBytes: 10_000, maxUnsentBytes: 200_000 }
      await using server = await start(limits)
      const readers = [await server.open('websocket'), await server.open('polling')]
      const { token } = await server.acquire()
      await connectWithoutReading(server.url, token)
      await vi.waitFor(() => {
        expect(server.connections()).toBe(3)
      })
      const until = performance.now() + 600 // twice `unreadTimeoutMs`
      for (let pushed = 0; pushed < MANY; pushed++) {
        if (server.connections() < 3 && performance.now() > until) break
        server.push(50_000)
        await pass(5)
      }
      expect(server.connections()).toBe(2)
      for (const { join } of readers) await join(ROOM)
      server.push(60_000) // exceeds `maxUnreadBytes`, and nothing else is sent for a while
      await pass(200)
      await readers[0]?.send(ROOM, 'after it')
      await vi.waitFor(() => {
        for (const { seen } of readers) expect(seen).toHaveLength(1)
      })
    })
  },
)

describe('with a version of Node that does not tell what the kernel has left of a chunk', () => {
  it('the server works, and says once what is off', async () => {
    await using server = await start()
    server.tcpServer?.on('connection', (socket: TcpSocket) => {
      const { _handle: handle } = socket as unknown as { _handle: object } // private in Node
      Object.defineProperty(handle, 'writeQueueSize', { value: undefined })
    })
    await useAll(server)
    expect(server.missing()).toEqual(['node tcp._handle.writeQueueSize'])
  })
})

it('without a TCP socket, a batch counts as read once the transport takes the next', () => {
  const watchers: TransportWatcher[] = []
  const watch = (watcher: TransportWatcher) => watchers.push(watcher)
  trackFlows({ open: new Set(), watch }, defaultLimits, () => undefined)
  const transport = Object.assign(new EventEmitter(), { name: 'websocket', writable: false })
  const conn = Object.assign(new EventEmitter(), { transport }) as unknown as Connection['conn']
  watchers[0]?.opened?.(conn)
  const taken = [1, 2, 3].map(() => {
    conn.emit('packetCreate', { type: 'message', data: 'four', options: {} })
    watchers[0]?.sending?.(conn)
    return flowOf(conn)?.taken
  })
  expect(taken).toEqual([0, 4, 8])
})

describe.each([[5], ['text'], [{}], [[]], [true], [() => 0]])(
  'a private name that is %o',
  (value) => {
    const transport = { name: 'websocket', socket: value, res: value, closeTimeout: 'none' }
    const conn = connOf({ transport, writeBuffer: { value }, pingTimeoutTimer: value })
    const onlyTcp = connOf({
      transport: { socket: Object.assign(new EventEmitter(), { _socket: value }) },
    })

    it('counts as missing', () => {
      expect(internals.webSocketOf(conn)).toBeUndefined()
      expect(internals.tcpOf(conn)).toBeUndefined()
      expect(internals.tcpOf(onlyTcp)).toBeUndefined()
      expect(internals.pollOf(conn)).toBeUndefined()
      expect(internals.tellsPolls(conn)).toBe(false)
      expect(internals.hasPollingClose(conn)).toBe(false)
      expect(internals.unsentPacketsOf(conn)).toBeUndefined()
      expect(internals.heartbeatTimerOf(conn)).toBeUndefined()
      expect(internals.decoderOf({ client: { decoder: value } } as never)).toBeUndefined()
      expect(internals.receiverOf({ _receiver: value })).toBeUndefined()
      const options = { wsPreEncodedFrame: value }
      expect(internals.sharedFrameOf({ type: 'message', options })).toBeUndefined()
      expect(
        internals.kernelQueueOf({ _handle: { writeQueueSize: [value] } } as never),
      ).toBeUndefined()
    })
  },
)

it('a flag that cannot be written counts as missing', () => {
  const flag = { get: () => true }
  const transport = Object.defineProperty(new EventEmitter(), 'writable', flag)
  expect(internals.tellsWritable(connOf({ transport }))).toBe(false)
})

function connOf(fields: object): Connection['conn'] {
  return fields as Connection['conn'] // only the fields that a test needs
}
