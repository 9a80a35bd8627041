import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer as listen } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { createServer } from '@yektayar/server'
import { startPostgres } from '@yektayar/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasPostgres } from '../../scripts/lib/postgres.mjs'
import { selfSigned } from '../support/selfSigned.js'

/** What a client of PostgreSQL sends first if it wants TLS. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

const canRun = hasPostgres() && hasOpenssl()
if (!canRun) console.warn('! There is no PostgreSQL or no openssl: TLS to it is NOT tested.')

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Connects with the server of an address, which may be a folder with its socket. */
function connectTo(url: URL): Socket {
  const folder = url.searchParams.get('host')
  if (folder !== null) return connect(`${folder}/.s.PGSQL.5432`)
  return connect(Number(url.port === '' ? '5432' : url.port), url.hostname)
}

/** A PostgreSQL that takes nothing but TLS, with a certificate of 127.0.0.1. */
async function startTlsPostgres() {
  const certificate = await selfSigned()
  const postgres = await startPostgres()
  const target = new URL(postgres.url)
  const counts = { encrypted: 0, plain: 0 }
  const sockets = new Set<Socket>()
  const front = listen((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', (first) => {
      if (!first.equals(SSL_REQUEST)) {
        counts.plain++
        socket.destroy()
        return
      }
      socket.write('S')
      const { key, cert } = certificate
      const secure = new TLSSocket(socket, { isServer: true, key, cert })
      const upstream = connectTo(target)
      secure.once('secure', () => counts.encrypted++)
      secure.on('error', () => upstream.destroy())
      upstream.on('error', () => secure.destroy())
      secure.pipe(upstream).pipe(secure)
    })
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  const { port } = front.address() as AddressInfo // it listens on a port
  return {
    counts,
    certFile: certificate.certFile,
    /** The address of its database. */
    url: (query: string, host = '127.0.0.1') =>
      `postgres://postgres:hush@${host}:${String(port)}${target.pathname}${query}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      front.close()
      await postgres.close()
      await certificate[Symbol.asyncDispose]()
    },
  }
}

function start(databaseUrl: string) {
  return createServer({ port: 0, host: '127.0.0.1', databaseUrl, logLevel: 'silent' })
}

describe.skipIf(!canRun)('TLS to PostgreSQL', () => {
  let postgres: Awaited<ReturnType<typeof startTlsPostgres>>
  beforeAll(async () => {
    postgres = await startTlsPostgres()
  })
  beforeEach(() => {
    Object.assign(postgres.counts, { encrypted: 0, plain: 0 })
  })
  afterAll(() => postgres[Symbol.asyncDispose]())

  it('encrypts every connection, and checks the certificate by sslrootcert', async () => {
    const url = postgres.url(`?sslmode=verify-full&sslrootcert=${postgres.certFile}`)
    const servers = [await start(url), await start(url)]
    try {
      await servers[0]?.publish('public:lobby', 'hello')
      expect(await servers[1]?.sessions.acquire()).toHaveProperty('token')
      expect(postgres.counts.encrypted).toBeGreaterThan(4) // each also has one to listen
      expect(postgres.counts.plain).toBe(0)
    } finally {
      for (const server of servers) await server.close()
    }
  })

  it.each(['verify-full', 'verify-ca', 'require', 'prefer'])(
    'trusts no certificate of an unknown issuer with sslmode=%s',
    async (mode) => {
      const starting = start(postgres.url(`?sslmode=${mode}`))
      await expect(starting).rejects.toThrow(/cannot be opened: .*self-signed certificate/)
      await expect(starting).rejects.not.toThrow(/hush/)
      expect(postgres.counts.plain).toBe(0)
    },
  )

  it('trusts no certificate of another host', async () => {
    const query = `?sslmode=verify-full&sslrootcert=${postgres.certFile}`
    await expect(start(postgres.url(query, 'localhost'))).rejects.toThrow(
      /cannot be opened: .*does not match certificate/,
    )
  })

  it('encrypts without a check only with sslmode=no-verify', async () => {
    const server = await start(postgres.url('?sslmode=no-verify'))
    await server.close()
    expect(postgres.counts.plain).toBe(0)
  })

  it('does not encrypt without sslmode, which a server that wants TLS refuses', async () => {
    await expect(start(postgres.url(''))).rejects.toThrow(/cannot be opened/)
    expect(postgres.counts).toMatchObject({ encrypted: 0 })
  })
})
