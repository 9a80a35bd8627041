import { createServer } from '@yektayar/server'
import type { Limits } from '@yektayar/server'
import { io } from 'socket.io-client'
import type { ManagerOptions, Socket, SocketOptions } from 'socket.io-client'
import { expect } from 'vitest'
import { watchFrom } from './bystander.js'
import { watchProcess } from './processWatch.js'
import { openRaw } from './rawConnection.js'
import type { RawConnection, RawOptions } from './rawConnection.js'
import { within } from './within.js'

/** Limits so high that most tests never reach them. */
const patientLimits: Partial<Limits> = {
  commandBurstPerSession: 100_000,
  acquiresPerAddressPerMinute: 100_000,
  connectionsPerSession: 100_000,
  packetBurst: 100_000,
  handshakeBurstPerAddress: 100_000,
  connectionsPerAddress: 100_000,
  waitingPerAddress: 100_000,
}

/** Allows attachments, for tests of how binary data is handled after the attachment limit. */
export const withBinary = { limits: { maxAttachments: 10 } }

/**
 * A real server with a well-behaved client. At the end of the scope, the test fails if the process
 * was harmed or if this client noticed anything.
 *
 * @param options server options; loosely typed, because a test may bring its own contract
 */
export async function startScene(options: object = {}) {
  const watch = watchProcess()
  const server = await createServer({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: 'sqlite::memory:',
    logLevel: 'silent',
    environment: 'development',
    ...options,
    limits: { ...patientLimits, ...(options as { limits?: Partial<Limits> }).limits },
  })
  const url = await server.listen()
  const clients = new Set<{ close(): void }>()

  const acquireToken = async (): Promise<string> => (await server.sessions.acquire()).token
  /** A client that has not connected yet. */
  const client = (settings: Partial<ManagerOptions & SocketOptions>): Socket => {
    const created = io(url, {
      forceNew: true,
      autoConnect: false,
      reconnection: false,
      transports: ['websocket'],
      ...settings,
    })
    clients.add(created)
    return created
  }
  /** A welcomed client with its own session. */
  const attacker = async (
    settings: Partial<ManagerOptions & SocketOptions> = {},
  ): Promise<Socket> => {
    const created = client({ auth: { token: await acquireToken() }, ...settings })
    const welcome = new Promise((resolve, reject) => {
      created.once('connected', resolve)
      created.once('connect_error', reject)
    })
    created.connect()
    await within(welcome, 'the welcome')
    return created
  }
  /** A WebSocket on which the test writes packets by hand. */
  const raw = async (settings?: RawOptions): Promise<RawConnection> => {
    const created = await openRaw(url, settings)
    clients.add(created)
    return created
  }
  /** The same, after the server has admitted it. */
  const admittedRaw = async (): Promise<RawConnection> => {
    const created = await raw()
    created.send(`40${JSON.stringify({ token: await acquireToken() })}`)
    await created.next('42["connected"')
    return created
  }

  const onlooker = watchFrom(await attacker())
  return {
    server,
    url,
    acquireToken,
    client,
    attacker,
    raw,
    admittedRaw,
    /** Fails if the process was harmed or the well-behaved client has noticed anything so far. */
    check: (): void => {
      watch.check()
      onlooker.check()
    },
    async [Symbol.asyncDispose]() {
      try {
        const health = await fetch(`${url}/health`)
        expect(health.status).toBe(200)
        await onlooker.finish()
      } finally {
        for (const each of clients) each.close()
        await server.close()
        await watch.finish()
      }
    },
  }
}

/** The return value of `startScene`. */
export type Scene = Awaited<ReturnType<typeof startScene>>
