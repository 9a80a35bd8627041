import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startServer } from './support/server.js'

const refusalGraceMs = 100
const oneHandshake = {
  refusalGraceMs,
  handshakeBurstPerAddress: 1,
  handshakesPerAddressPerSecond: 0.001,
}

/** A bare socket that requests an upgrade and closes its own half only when the test does. */
async function askForUpgrade(url: string, path: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = createConnection({ host: hostname, port: Number(port), allowHalfOpen: true })
  socket.on('error', () => undefined) // a reset counts as a close
  socket.write(
    [
      `GET ${path} HTTP/1.1`,
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '',
      '',
    ].join('\r\n'),
  )
  socket.resume()
  await new Promise((resolve) => socket.once('end', resolve).once('close', resolve))
  return socket
}

type Context = Awaited<ReturnType<typeof startServer>>

/** Uses up the one handshake that the limits allow. */
async function takeHandshake({ url }: Context): Promise<void> {
  const headers = { connection: 'close' }
  await (await fetch(`${url}/socket.io/?EIO=4&transport=polling`, { headers })).text()
}

function openSockets({ server }: Context): Promise<number> {
  return new Promise((resolve) => {
    server.app.server.getConnections((_error, count) => {
      resolve(count)
    })
  })
}

describe('a refused upgrade', () => {
  it.each([
    ['by the fence of addresses', '/socket.io/?EIO=4&transport=websocket', oneHandshake],
    ['by the engine', '/socket.io/?EIO=4&transport=pigeon', { refusalGraceMs }],
    ['by its transport', '/socket.io/?EIO=4&transport=polling', { closeGraceMs: refusalGraceMs }],
    ['because nothing is served there', '/elsewhere', { refusalGraceMs }],
  ])('leaves no socket behind when its peer keeps its half open: %s', async (_by, path, limits) => {
    await using context = await startServer({ limits })
    await takeHandshake(context)
    const peers = await Promise.all(
      Array.from({ length: 20 }, () => askForUpgrade(context.url, path)),
    )
    await expect.poll(() => openSockets(context), { timeout: 10 * refusalGraceMs }).toBe(0)
    for (const peer of peers) peer.destroy()
  })

  it('leaves none behind that had got answers before', async () => {
    await using context = await startServer({ limits: { refusalGraceMs } })
    const { hostname, port } = new URL(context.url)
    const peer = createConnection({ host: hostname, port: Number(port), allowHalfOpen: true })
    onTestFinished(() => {
      peer.destroy()
    })
    peer.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n')
    await new Promise((resolve) => peer.once('data', resolve))
    peer.write(
      'GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    await expect.poll(() => openSockets(context), { timeout: 10 * refusalGraceMs }).toBe(0)
  })

  it('closes at once when its peer closes', async () => {
    await using context = await startServer({ limits: { ...oneHandshake, refusalGraceMs: 60_000 } })
    await takeHandshake(context)
    const peer = await askForUpgrade(context.url, '/socket.io/?EIO=4&transport=websocket')
    peer.end()
    await expect.poll(() => openSockets(context), { timeout: 2_000 }).toBe(0)
  })

  it('does not end the process when its peer resets the connection before the answer', async () => {
    await using context = await startServer({ limits: oneHandshake })
    await takeHandshake(context)
    const { hostname, port } = new URL(context.url)
    const request = (path: string): string =>
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`
    for (let count = 0; count < 20; count++) {
      const peer = createConnection({ host: hostname, port: Number(port) })
      peer.on('error', () => undefined)
      await new Promise((resolve) => peer.once('connect', resolve))
      // The server has accepted the connection.
      await new Promise((resolve) => setImmediate(resolve))
      const path = count % 2 === 0 ? '/socket.io/?EIO=4&transport=websocket' : '/elsewhere'
      await new Promise((resolve) => peer.write(request(path), resolve))
      peer.resetAndDestroy() // the server shares this thread, so it has read nothing yet
    }
    await expect.poll(() => openSockets(context), { timeout: 10 * refusalGraceMs }).toBe(0)
    expect((await fetch(`${context.url}/health`)).status).toBe(200)
  })

  it('is answered in full over HTTP when a request only claims to upgrade', async () => {
    await using context = await startServer({ limits: oneHandshake })
    const path = '/socket.io/?EIO=4&transport=polling'
    await takeHandshake(context)
    const { hostname, port } = new URL(context.url)
    const peer = createConnection({ host: hostname, port: Number(port), allowHalfOpen: true })
    peer.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n`)
    let said = ''
    peer.on('data', (chunk) => (said += String(chunk)))
    await new Promise((resolve) => peer.once('end', resolve))
    expect(said).toMatch(/^HTTP\/1\.1 429 /)
    await expect.poll(() => openSockets(context), { timeout: 10 * refusalGraceMs }).toBe(0)
    peer.destroy()
  })
})
