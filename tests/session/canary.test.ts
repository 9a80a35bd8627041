import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { coreContract, SESSION_ACQUIRE_PATH } from '@yektayar/protocol'
import { yektayar } from '@yektayar/server'
import Fastify, { LogController } from 'fastify'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { expect, it } from 'vitest'
import { breakableStore } from '../input/support/breakableStore.js'
import { sendHttp } from '../input/support/httpRequest.js'
import type { HttpRequest } from '../input/support/httpRequest.js'
import { callWithAck } from '../input/support/outcome.js'
import { within } from '../input/support/within.js'

const PASSWORD = 'canary-password'
const METRICS_TOKEN = 'a-token-for-metrics-alone'
const SIGN_IN_PATH = '/api/session/sign-in'
const json = { 'Content-Type': 'application/json' }

interface Told {
  readonly token: string
}

/**
 * An app with a log of its own at level `trace`, which does not have the redaction of the log of
 * `createServer`. `readable` collects everything that others may read: the log and every error.
 */
async function startApp() {
  const store = await breakableStore()
  const readable: string[] = []
  const stream = { write: (line: string) => readable.push(line) }
  // Fastify's request log contains URLs. Keeping tokens out of URLs is up to the app.
  const logController = new LogController({ disableRequestLogging: true })
  const app = Fastify({ logger: { level: 'trace', stream }, logController })
  await app.register(
    yektayar({
      databaseUrl: store.databaseUrl,
      authenticate: ({ username = '', password }: Record<string, string>) =>
        password === PASSWORD ? username : null,
      metrics: { token: METRICS_TOKEN },
      limits: { acquiresPerAddressPerMinute: 1_000, handshakeBurstPerAddress: 1_000 },
    }),
  )
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    store,
    url,
    readable,
    /** Sends one request; a failed response goes into `readable`. */
    async request(request: HttpRequest, token: string): Promise<Told> {
      const headers = { Authorization: `Bearer ${token}`, ...request.headers }
      const { status, headers: received, text } = await sendHttp(url, { ...request, headers })
      if (status >= 400) readable.push(JSON.stringify([received, text]))
      return (status === 200 ? JSON.parse(text) : {}) as Told // the fields that a test reads
    },
    async [Symbol.asyncDispose]() {
      await app.close()
      await store[Symbol.asyncDispose]()
    },
  }
}

type App = Awaited<ReturnType<typeof startApp>>

/** Presents a token in a handshake, and resolves with the client once it is welcomed or refused. */
async function connect(app: App, presented: object, transport: string): Promise<Socket> {
  const client = io(app.url, {
    ...presented,
    transports: [transport],
    forceNew: true,
    reconnection: false,
  })
  const end = new Promise<void>((resolve) => {
    client.once('connected', resolve)
    client.once('connect_error', ({ message, data }: Error & { data?: unknown }) => {
      app.readable.push(JSON.stringify([message, data]))
      resolve()
    })
  })
  await within(end, 'the end of a handshake')
  return client
}

/**
 * Calls every command, mostly with wrong input, and one named like a token. Failures go into
 * `readable`.
 */
async function callAll(app: App, client: Socket, token: string): Promise<void> {
  const names = Object.keys(coreContract.commands).filter((name) => name !== 'session:renew')
  for (const name of names) {
    for (const input of [null, 5]) {
      const outcome = await callWithAck(client, name, input)
      if (outcome !== 'closed' && !outcome.ok) app.readable.push(JSON.stringify(outcome))
    }
  }
  await callWithAck(client, token)
}

/** Presents a token in every supported way, and in some unsupported ones. */
async function present(app: App, token: string): Promise<void> {
  const credentials = JSON.stringify({ username: 'sara', password: `${token}?` })
  await app.request({ path: `/api/session?token=${token}` }, token)
  await app.request({ path: '/api/session', headers: { Authorization: token } }, token)
  await app.request({ path: '/metrics' }, token)
  await app.request(
    { method: 'POST', path: SESSION_ACQUIRE_PATH, headers: json, body: token },
    token,
  )
  await app.request({ method: 'POST', path: SIGN_IN_PATH, headers: json, body: credentials }, token)
  for (const transport of ['websocket', 'polling']) {
    for (const presented of [
      { auth: { token } },
      { query: { token } },
      { auth: { token: [token] } },
    ]) {
      const client = await connect(app, presented, transport)
      if (client.connected) await callAll(app, client, token)
      client.close()
    }
  }
}

it('no token and no password is in a log, an error, the metrics or a file of the database', async () => {
  await using app = await startApp()
  const { token: first } = await app.request({ method: 'POST', path: SESSION_ACQUIRE_PATH }, '')
  const { token: second } = await app.request({ method: 'POST', path: '/api/session/renew' }, first)
  const client = await connect(app, { auth: { token: second } }, 'websocket')
  const renewed = (await client.emitWithAck('session:renew')) as { data: Told }
  const credentials = JSON.stringify({ username: 'sara', password: PASSWORD })
  const signIn = { method: 'POST', path: SIGN_IN_PATH, headers: json, body: credentials }
  const { token: last } = await app.request(signIn, second)
  const tokens = [first, second, renewed.data.token, last]
  expect(new Set(tokens).size).toBe(tokens.length)

  await present(app, first) // no longer valid
  await present(app, last)
  app.store.breakDown()
  await present(app, last)
  app.store.comeBack()
  client.close()
  const scrape = { path: '/metrics', headers: { Authorization: `Bearer ${METRICS_TOKEN}` } }
  const metrics = await sendHttp(app.url, scrape)
  expect(metrics.status).toBe(200)

  const read = [...app.readable, metrics.text].join('\n')
  for (const seen of ['token_invalid', 'store_unavailable', 'invalid_input', 'sessionId']) {
    expect(read).toContain(seen)
  }
  const folder = dirname(app.store.path)
  const names = await readdir(folder)
  const files = await Promise.all(names.map((name) => readFile(join(folder, name), 'latin1')))
  const stored = files.join('\n')
  expect(stored).toContain('sara')
  for (const secret of [...tokens, PASSWORD]) {
    expect(read.includes(secret)).toBe(false)
    expect(stored.includes(secret)).toBe(false)
  }
}, 30_000)
