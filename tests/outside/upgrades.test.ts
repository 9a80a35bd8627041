import { Agent, request } from 'node:http'
import websocket from '@fastify/websocket'
import { YektaYarSocket } from '@yektayar/client'
import type { FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import { startForeignApp } from './support/foreignApp.js'
import { firstFrame, upgradeHeaders } from './support/webSockets.js'

/** Requests an upgrade without credentials; resolves with the status, or `closed`. */
function upgrade(url: string, path: string): Promise<number | 'closed'> {
  return new Promise((resolve) => {
    const asking = request(url + path, { headers: upgradeHeaders })
    asking.once('upgrade', ({ statusCode = 0 }, socket) => {
      socket.destroy()
      resolve(statusCode)
    })
    asking.once('response', ({ statusCode = 0 }) => {
      asking.destroy()
      resolve(statusCode)
    })
    asking.once('error', () => {
      resolve('closed')
    })
    asking.end()
  })
}

const live = (app: FastifyInstance): void => {
  app.register((scope, _options, done) => {
    scope.get('/live', { websocket: true }, (socket) => {
      socket.send('hello')
    })
    done()
  })
}

describe.each(['before', 'after'] as const)('@fastify/websocket %s the plugin', (side) => {
  const start = () =>
    startForeignApp({
      [side]: async (app: FastifyInstance) => {
        await app.register(websocket)
        live(app)
      },
    })

  it('survives anonymous upgrades everywhere', async () => {
    await using context = await start()
    const engine = '/socket.io/?EIO=4&transport=websocket'
    expect(await upgrade(context.url, engine)).toBe(101)
    expect(await upgrade(context.url, `${engine}&sid=unknown`)).toBe(400)
    expect(await upgrade(context.url, '/socket.io/')).toBe(400)
    expect(await upgrade(context.url, '/live')).toBe(101)
    expect(await upgrade(context.url, '/nowhere')).toBe(404)
    expect(await upgrade(context.url, '/')).toBe(404)
    expect((await fetch(`${context.url}/health`)).status).toBe(200)
  })

  it('serves its own sockets, and the plugin serves clients', async () => {
    await using context = await start()
    expect(await firstFrame(context.url, '/live')).toContain('hello')
    const client = new YektaYarSocket({ url: context.url, transports: ['websocket'] })
    await client.connect()
    expect((await client.ping()).roundTripMs).toBeGreaterThanOrEqual(0)
    await client.disconnect()
  })
})

describe('listeners of upgrades that come later', () => {
  it('get no socket of Socket.IO, and may take their time', async () => {
    const limits = { refusalGraceMs: 50 }
    await using context = await startForeignApp({ options: { limits } })
    const seen: (string | undefined)[] = []
    context.app.server.on('upgrade', ({ url }, socket) => {
      seen.push(url)
      setTimeout(() => socket.end('HTTP/1.1 418 Slow\r\nConnection: close\r\n\r\n'), 300)
    })
    expect(await upgrade(context.url, '/slow')).toBe(418)
    expect(await upgrade(context.url, '/socket.io/?EIO=4&transport=websocket')).toBe(101)
    expect(seen).toEqual(['/slow'])
  })

  it('are not needed: without any, what nobody answers is cut', async () => {
    const limits = { refusalGraceMs: 50 }
    await using context = await startForeignApp({ options: { limits } })
    expect(await upgrade(context.url, '/nowhere')).toBe('closed')
  })
})

describe('a request that offers HTTP/2, as clients in Java do', () => {
  const headers = {
    connection: 'Upgrade, HTTP2-Settings',
    upgrade: 'h2c',
    'http2-settings': 'AAMAAABkAAQAAP__',
  }

  /** Sends such a request; resolves with the status and the body. */
  function ask(url: string, { body, agent }: { body?: string; agent?: Agent } = {}) {
    return new Promise<[number, string]>((resolve, reject) => {
      const more = body === undefined ? {} : { 'content-type': 'application/json' }
      const method = body === undefined ? 'GET' : 'POST'
      const asking = request(url, { method, agent, headers: { ...headers, ...more } })
      asking.once('response', (response) => {
        let text = ''
        response.on('data', (chunk) => (text += String(chunk)))
        response.once('end', () => {
          resolve([response.statusCode ?? 0, text])
        })
      })
      asking.once('error', reject)
      asking.end(body)
    })
  }

  it('is answered over HTTP/1.1, by the app as well', async () => {
    await using context = await startForeignApp({
      after: (app) => {
        app.post('/mine', ({ body }) => ({ got: body }))
      },
    })
    expect((await ask(`${context.url}/api`))[0]).toBe(200)
    expect((await ask(`${context.url}/api/session/acquire`, { body: '{}' }))[0]).toBe(200)
    const long = JSON.stringify({ text: 'x'.repeat(200_000) })
    expect(await ask(`${context.url}/mine`, { body: long })).toEqual([200, `{"got":${long}}`])
  })

  it('may be one of several over one connection', async () => {
    await using context = await startForeignApp()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let n = 0; n < 3; n++) {
      expect((await ask(`${context.url}/api`, { agent }))[0]).toBe(200)
    }
    agent.destroy()
  })

  it('is left to an app that answers upgrades itself', async () => {
    await using context = await startForeignApp({
      after: (app) => {
        app.server.on('upgrade', (_request, socket) => {
          socket.end('HTTP/1.1 418 Mine\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
        })
      },
    })
    expect(await ask(`${context.url}/api`)).toEqual([418, ''])
  })
})
