import { once } from 'node:events'
import { request } from 'node:http'
import { YektaYarSocket, memoryStorage } from '@yektayar/client'
import type { TransportName, YektaYarSocketOptions } from '@yektayar/client'
import { createServer } from '@yektayar/server'
import type { CreateServerOptions } from '@yektayar/server'
import { describe, expect, it, vi } from 'vitest'
import { documentAt } from '../docs/support/documents.js'
import { nginx, startNginx } from '../support/nginx.js'

const PUBLIC_URL = 'https://care.example.org'
const transports = ['websocket', 'polling'] as const

/** The sample of docs/SERVER.md as it stands there, with the server's own address. */
function sampleFor(upstream: string): string {
  const sample = documentAt('docs/SERVER.md').blocks.find(({ language }) => language === 'nginx')
  if (!sample?.code.includes('http://127.0.0.1:3000')) throw new Error('There is no sample')
  return sample.code.replaceAll('http://127.0.0.1:3000', upstream)
}

interface Scene {
  /** The server of nginx, by the address of ours. */
  readonly config?: (upstream: string) => string
  readonly server?: CreateServerOptions
  readonly client?: YektaYarSocketOptions
}

/** A server behind nginx, as docs/SERVER.md says, and clients of it. */
async function startBehind({ config = sampleFor, server: options, client }: Scene = {}) {
  const start = async (port: number) => {
    const server = await createServer({
      port,
      host: '127.0.0.1',
      databaseUrl: 'sqlite::memory:',
      environment: 'production',
      logLevel: 'silent',
      publicUrls: [PUBLIC_URL],
      trustProxy: ['127.0.0.1'],
      authenticate: ({ username }) => username ?? null,
      ...options,
    })
    return { server, url: await server.listen() }
  }
  let { server, url: upstream } = await start(0)
  const proxy = await startNginx({ config: config(upstream) })
  const url = `http://${proxy.host}`
  const clients: YektaYarSocket[] = []
  return {
    url,
    get server() {
      return server
    },
    client(transports: readonly TransportName[]) {
      const made = new YektaYarSocket({
        ...{ url, transports, retryDelayMs: 100, storage: memoryStorage(), ...client },
      })
      clients.push(made)
      return made
    },
    stop: () => server.close(),
    async restart() {
      ;({ server, url: upstream } = await start(Number(new URL(upstream).port)))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((each) => each.disconnect()))
      await server.close()
      await proxy[Symbol.asyncDispose]()
    },
  }
}

/** What an app does with a client, from its first connection to its end. */
async function useAll(client: YektaYarSocket): Promise<void> {
  await client.connect()
  await client.session.signIn({ username: 'sara' })
  expect(await client.session.list()).toHaveLength(1)
  const room = client.room('public:lobby')
  await room.join()
  await room.send({ text: 'through nginx' })
  await client.session.renew()
  expect((await client.echo('سلام')).received).toBe('سلام')
  await client.session.signOut()
  expect(client.status).toBe('connected')
  await client.session.end()
  await expect(client.whenStatus('connected')).rejects.toMatchObject({ code: 'session_ended' })
}

/** The status of an upgrade, as a page of an origin asks for it. */
async function upgrade(url: string, origin: string): Promise<number | undefined> {
  const asked = request(`${url}/socket.io/?EIO=4&transport=websocket`, {
    headers: {
      origin,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    },
  }).end()
  const [response] = (await Promise.race([once(asked, 'upgrade'), once(asked, 'response')])) as [
    { statusCode?: number },
  ]
  asked.destroy()
  return response.statusCode
}

describe.skipIf(!nginx).concurrent('behind nginx', () => {
  it.each(transports)('as docs/SERVER.md shows it, all works over %s', async (transport) => {
    await using scene = await startBehind()
    const client = scene.client([transport])
    await useAll(client)
  })

  it('as docs/SERVER.md shows it, pages of PUBLIC_URL are let in, and others are not', async () => {
    await using scene = await startBehind()
    const statusFor = async (origin: string) =>
      (await fetch(`${scene.url}/api`, { headers: { origin } })).status
    expect(await statusFor(PUBLIC_URL)).toBe(200)
    expect(await statusFor(scene.url)).toBe(200) // its address, with a port
    expect(await statusFor('https://evil.example')).toBe(403)
    expect(await upgrade(scene.url, PUBLIC_URL)).toBe(101)
    expect(await upgrade(scene.url, 'https://evil.example')).toBe(400)
  })

  it('as docs/SERVER.md shows it, clients are told apart by their addresses', async () => {
    const limits = { acquiresPerAddressPerMinute: 1 }
    await using scene = await startBehind({ server: { limits } })
    const acquireFrom = async (address: string) => {
      const headers = { 'x-forwarded-for': address } // as a proxy before nginx says it
      const init = { method: 'POST', headers }
      return (await fetch(`${scene.url}/api/session/acquire`, init)).status
    }
    expect(await acquireFrom('192.0.2.1')).toBe(200)
    expect(await acquireFrom('192.0.2.1')).toBe(429)
    expect(await acquireFrom('192.0.2.2')).toBe(200)
  })

  it('with nothing but proxy_pass, all works by polling', async () => {
    const config = (upstream: string) => `location / { proxy_pass ${upstream}; }`
    await using scene = await startBehind({ config })
    const client = scene.client(transports)
    const startedAt = performance.now()
    await client.connect()
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    expect(client.getSnapshot().transport).toBe('polling')
    await useAll(client)
  })

  it('with nothing but proxy_pass, a client without polling says what is wrong', async () => {
    const config = (upstream: string) => `location / { proxy_pass ${upstream}; }`
    await using scene = await startBehind({ config })
    const client = scene.client(['websocket'])
    const connecting = client.connect()
    await vi.waitFor(
      () => {
        expect(client.getSnapshot().error).toMatchObject({
          code: 'network_error',
          hint: expect.stringContaining('pass upgrades') as string,
        })
      },
      { timeout: 10_000 },
    )
    await client.disconnect()
    await expect(connecting).rejects.toMatchObject({ code: 'not_connected' })
  })

  describe.each([
    [
      'that nginx takes away',
      (upstream: string) =>
        sampleFor(upstream)
          .replace('location / {', 'location /care/ {')
          .replace(`proxy_pass ${upstream};`, `proxy_pass ${upstream}/;`),
      {},
    ],
    [
      'that the server has too',
      (upstream: string) => sampleFor(upstream).replace('location / {', 'location /care/ {'),
      { path: '/care/socket.io', basePath: '/care' },
    ],
  ])('under a path %s', (_what, config, server) => {
    it.each(transports)('all works over %s', async (transport) => {
      const client = { path: '/care/socket.io', basePath: '/care' }
      await using scene = await startBehind({ config, server, client })
      await useAll(scene.client([transport]))
      const foreign = await fetch(`${scene.url}/api`)
      expect(foreign.status).toBe(404) // nothing else is served
    })
  })

  it.each(transports)(
    'that cuts what is silent for 2 s, nothing is lost over %s',
    { timeout: 60_000 },
    async (transport) => {
      const config = (upstream: string) =>
        sampleFor(upstream).replace('proxy_pass', 'proxy_read_timeout 2s;\n  proxy_pass')
      await using scene = await startBehind({ config })
      const client = scene.client([transport])
      const statuses: string[] = []
      client.subscribe(({ status }) => {
        if (statuses.at(-1) !== status) statuses.push(status)
      })
      await client.connect()
      const room = client.room('public:lobby')
      await room.join()
      for (let count = 0; count < 4; count++) {
        await new Promise((resolve) => setTimeout(resolve, 900 + 600 * count)) // shorter and longer
        await room.send(count)
      }
      expect(room.messages.map(({ data }) => data)).toEqual([0, 1, 2, 3])
      expect(statuses).toContain('reconnecting')
      expect(statuses).not.toContain('stopped')
      await client.session.end()
    },
  )

  it.each(transports)(
    'that answers 502 for a while, a client comes back over %s',
    async (transport) => {
      await using scene = await startBehind()
      const client = scene.client([transport])
      await client.connect()
      await scene.stop()
      await client.whenStatus('reconnecting')
      const { status } = await fetch(`${scene.url}/health`)
      expect(status).toBe(502)
      await new Promise((resolve) => setTimeout(resolve, 500)) // a few attempts meet the 502
      expect(client.status).toBe('reconnecting')
      await scene.restart()
      await client.whenStatus('connected')
      await useAll(client)
    },
  )
})
