import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { faultProxy, startTestServer } from '@yektayar/testing'
import type { FaultProxy, FaultProxyOptions } from '@yektayar/testing'

/** A kind of network between client and server. */
export interface Network {
  readonly name: string
  /** Whether plain Socket.IO connects with its defaults. */
  readonly lets: 'connect' | 'nothing'
  /** The round-trip time in milliseconds. @default 0 */
  readonly roundTripMs?: number
  readonly options?: Omit<FaultProxyOptions, 'target'>
  /** Sets up the fault before the client connects. */
  readonly begin?: (proxy: FaultProxy) => void
  /** Causes a fault after the client has connected. */
  readonly later?: (proxy: FaultProxy) => void
  /** Starts another server, to which the client connects instead of ours. */
  readonly elsewhere?: () => Promise<OtherServer>
}

type OtherServer = AsyncDisposable & { readonly url: string }

/** The networks in which clients are tested. */
export const networks: readonly Network[] = [
  { name: 'healthy', lets: 'connect' },
  { name: 'refused', lets: 'nothing', elsewhere: closedPort },
  {
    name: 'reset',
    lets: 'nothing',
    begin: (proxy) => {
      proxy.drop({ forMs: Infinity })
    },
  },
  {
    name: 'hang: upgrades are never answered',
    lets: 'connect',
    begin: (proxy) => {
      proxy.hang()
    },
  },
  {
    name: 'hang: nothing is ever answered',
    lets: 'nothing',
    begin: (proxy) => {
      proxy.hang({ traffic: 'all' })
    },
  },
  {
    name: 'swallow: upgrades are answered, and then silent',
    lets: 'connect',
    begin: (proxy) => {
      proxy.swallow()
    },
  },
  {
    name: 'swallow after 130 bytes: the handshake passes, the admission does not',
    lets: 'connect',
    begin: (proxy) => {
      proxy.swallow({ afterBytes: 130 })
    },
  },
  {
    name: 'swallow after 150 bytes: the admission passes, nothing after it does',
    lets: 'connect',
    begin: (proxy) => {
      proxy.swallow({ afterBytes: 150 })
    },
  },
  {
    name: 'buffering: answers come when they are complete',
    lets: 'connect',
    begin: (proxy) => {
      proxy.buffer()
    },
  },
  { name: '2 s latency', lets: 'connect', roundTripMs: 4_000, options: { delayMs: 2_000 } },
  {
    name: 'captive portal: a page with 200',
    lets: 'nothing',
    begin: (proxy) => {
      proxy.captivePortal()
    },
  },
  { name: 'another server answers 404', lets: 'nothing', elsewhere: () => otherServer(404) },
  { name: 'another server answers 200', lets: 'nothing', elsewhere: () => otherServer(200) },
  {
    name: 'swallow later',
    lets: 'connect',
    later: (proxy) => {
      proxy.swallow()
    },
  },
  {
    name: 'half-open: the network forgets the connection',
    lets: 'connect',
    later: (proxy) => {
      proxy.silent({ forMs: 1 })
    },
  },
  {
    name: 'idle connections are cut after 10 s',
    lets: 'connect',
    begin: (proxy) => {
      proxy.cutIdle(10_000)
    },
    later: () => undefined,
  },
  {
    name: 'a relay that stalls and resumes, as 20 % loss does',
    lets: 'connect',
    roundTripMs: 300,
    options: { seed: 20, stallEveryMs: [100, 500], stallForMs: [50, 400] },
  },
]

/** Starts our server behind a network. */
export async function enterNetwork({ options, begin, elsewhere }: Network) {
  const backend = await startTestServer()
  const { token } = await backend.server.sessions.acquire()
  const other = await elsewhere?.()
  const proxy = await faultProxy({ target: backend.url, ...options })
  begin?.(proxy)
  return {
    backend,
    proxy,
    token,
    url: other?.url ?? proxy.url,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await backend[Symbol.asyncDispose]()
      await other?.[Symbol.asyncDispose]()
    },
  }
}

async function otherServer(status: number): Promise<OtherServer> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"hello":"world"}')
  })
  server.on('upgrade', (_request, socket) => {
    socket.end(`HTTP/1.1 ${String(status)} Nothing here\r\nContent-Length: 0\r\n\r\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `http://127.0.0.1:${String(port)}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function closedPort(): Promise<OtherServer> {
  const server = await otherServer(404)
  await server[Symbol.asyncDispose]()
  return server
}
