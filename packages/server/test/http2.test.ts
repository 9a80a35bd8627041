import { once } from 'node:events'
import { connect } from 'node:http2'
import type {
  ClientHttp2Session,
  IncomingHttpHeaders,
  SecureClientSessionOptions,
} from 'node:http2'
import { Agent } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { io } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { yektayar } from '../src/index.js'
import type { YektaYarOptions } from '../src/index.js'
import { emptyStore } from './support/testDatabase.js'

/** TLS with a pre-shared key, so no certificate is needed. */
const secret = { psk: Buffer.alloc(32, 1), identity: 'test' }
const suite = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
const serverTls = { ...suite, pskCallback: () => secret.psk }
const clientTls = {
  ...suite,
  pskCallback: () => secret,
  checkServerIdentity: () => undefined,
} as unknown as SecureClientSessionOptions // `secret` has the identity that the types require

const limits = { closeGraceMs: 200, drainTimeoutMs: 100 }

async function startApp(isSecure: boolean, options: YektaYarOptions = {}) {
  const http2 = isSecure
    ? Fastify({ http2: true, https: { ...serverTls, allowHTTP1: true } })
    : Fastify({ http2: true })
  // The plugin works in any Fastify app, but the types know HTTP/1 only.
  const app = http2 as unknown as FastifyInstance
  await app.register(yektayar({ databaseUrl: await emptyStore(), limits, ...options }))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo // it listens on a port
  const url = `${isSecure ? 'https' : 'http'}://127.0.0.1:${String(port)}`
  const session = connect(url, clientTls)
  session.on('error', () => undefined) // the session is cut at the end
  await once(session, 'connect')
  return {
    app,
    url,
    session,
    [Symbol.asyncDispose]: async () => {
      session.destroy()
      await app.close()
    },
  }
}

/** One request over HTTP/2. @param sent its body, with which it is a POST */
async function ask(
  session: ClientHttp2Session,
  path: string,
  headers: IncomingHttpHeaders = {},
  sent?: string,
) {
  const method = sent === undefined ? 'GET' : 'POST'
  const request = session.request({ ':path': path, ':method': method, ...headers })
  request.end(sent)
  const [answer] = (await once(request, 'response')) as [
    IncomingHttpHeaders & { ':status'?: number },
  ]
  const bytes = await buffer(request)
  const body = (answer['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString()
  return { status: answer[':status'], body }
}

const HANDSHAKE = '/socket.io/?EIO=4&transport=polling'

describe.each([
  ['without TLS', false],
  ['with TLS and HTTP/1 beside it', true],
])('an app over HTTP/2, %s', (_how, isSecure) => {
  it('closes while a session is open, and cuts it', async () => {
    await using context = await startApp(isSecure)
    expect((await ask(context.session, '/health')).status).toBe(200)
    const closed = once(context.session, 'close')
    await context.app.close()
    await closed
  })

  it('cuts a poll that nobody answers', async () => {
    await using context = await startApp(isSecure)
    const { body } = await ask(context.session, HANDSHAKE)
    const { sid } = JSON.parse(body.slice(1)) as { sid: string }
    const polling = ask(context.session, `${HANDSHAKE}&sid=${sid}`).catch(() => undefined)
    await context.app.close()
    await polling
  })

  it('answers more than a kilobyte by polling, and goes on', async () => {
    await using context = await startApp(isSecure)
    const { token } = await context.app.yektayar.sessions.acquire()
    const browser = { 'accept-encoding': 'gzip, deflate, br' }
    const { body } = await ask(context.session, HANDSHAKE, browser)
    const { sid } = JSON.parse(body.slice(1)) as { sid: string }
    const path = `${HANDSHAKE}&sid=${sid}`
    const send = (packet: string) => ask(context.session, path, browser, packet)
    const poll = () => ask(context.session, path, browser)
    await send(`40${JSON.stringify({ token })}`)
    let heard = ''
    while (!heard.includes('"connected"')) heard += (await poll()).body
    const text = 'x'.repeat(4_000)
    for (const id of ['1', '2']) {
      const answer = poll()
      expect(await send(`42${id}["echo","${text}"]`)).toMatchObject({ status: 200, body: 'ok' })
      expect((await answer).body).toContain(`43${id}[{"ok":true,"data":{"received":"${text}"`)
    }
  })

  it('refuses a handshake beyond a limit with an answer', async () => {
    await using context = await startApp(isSecure, {
      limits: { ...limits, handshakeBurstPerAddress: 1, handshakesPerAddressPerSecond: 0.001 },
    })
    expect((await ask(context.session, HANDSHAKE)).status).toBe(200)
    const refused = await ask(context.session, HANDSHAKE)
    expect(refused.status).toBe(429)
    expect(JSON.parse(refused.body)).toMatchObject({ error: { code: 'rate_limited' } })
  })

  it('knows its own origin by its address', async () => {
    await using context = await startApp(isSecure, { allowLoopbackOrigins: false })
    const authority = '127.0.0.2:8080' // as set by a proxy that keeps the Host header
    const origin = `${isSecure ? 'https' : 'http'}://${authority}`
    const own = { ':authority': authority, origin }
    expect((await ask(context.session, '/health', own)).status).toBe(200)
    const foreign = { ':authority': authority, origin: 'https://foreign.example' }
    expect((await ask(context.session, '/health', foreign)).status).toBe(403)
  })
})

it('an app over HTTP/2 closes while a WebSocket is open over HTTP/1', async () => {
  await using context = await startApp(true)
  const { token } = await context.app.yektayar.sessions.acquire()
  const agent = new Agent(clientTls)
  const client = io(context.url, {
    auth: { token },
    transports: ['websocket'],
    forceNew: true,
    agent: agent as unknown as string, // the types know the browser only; in Node it is an Agent
  })
  await new Promise((resolve, reject) => {
    client.once('connected', resolve)
    client.once('connect_error', reject)
  })
  const lost = new Promise((resolve) => client.once('disconnect', resolve))
  await context.app.close()
  expect(await lost).toMatch(/^transport (close|error)$/)
  client.close()
})
