import { coreContract, SESSION_ACQUIRE_PATH } from '@yektayar/protocol'
import type { CommandDefinition } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import type { Socket } from 'socket.io-client'
import { checkError, checkErrorBody } from './support/answers.js'
import { breakableStore } from './support/breakableStore.js'
import { sendHttp } from './support/httpRequest.js'
import { callWithAck, sendWithoutAck } from './support/outcome.js'
import { startScene } from './support/scene.js'
import { within } from './support/within.js'

const unavailable = { code: 'store_unavailable', retryable: true }
const commands = Object.entries<CommandDefinition>(coreContract.commands)
const room = 'public:room'

/** Valid inputs of the commands that need one. */
const inputs: Readonly<Record<string, object>> = {
  'outbox:deliver': {
    outbox: '0123456789abcdef',
    items: [{ n: 1, name: 'message', input: 'hi' }],
  },
  'outbox:put': ['0123456789abcdef', 1, [['0123456789abcdef', room, 'hi']], null],
  'room:join': { room },
  'room:leave': { room },
  'room:send': { room, data: 'hi' },
  'room:history': { room },
  'room:typing': { room, isTyping: true },
  'presence:set': { room, presence: 'hi' },
}
const acquire = { method: 'POST', path: SESSION_ACQUIRE_PATH }

/**
 * Connects; resolves with the error of a refusal, or with `undefined` after the server's welcome.
 */
function attempt(client: Socket): Promise<(Error & { data?: unknown }) | undefined> {
  const end = new Promise<(Error & { data?: unknown }) | undefined>((resolve) => {
    client.once('connect_error', resolve)
    client.once('connected', () => {
      resolve(undefined)
    })
  })
  client.connect()
  return within(end, 'the end of a handshake')
}

describe('while the sessions are gone from the store', () => {
  it('a handshake is refused as retryable, and succeeds once they are back', async () => {
    await using store = await breakableStore()
    await using scene = await startScene({ databaseUrl: store.databaseUrl })
    for (const transport of ['websocket', 'polling']) {
      const token = await scene.acquireToken()
      const client = scene.client({ auth: { token }, transports: [transport] })
      store.breakDown()
      const refusal = await attempt(client)
      expect(checkError(refusal?.data)).toMatchObject(unavailable)
      expect(refusal?.message).not.toMatch(/table|sql/i)
      store.comeBack()
      expect(await attempt(client)).toBeUndefined()
    }
  })

  it('every route of a session answers 503, and works once they are back', async () => {
    await using store = await breakableStore()
    await using scene = await startScene({ databaseUrl: store.databaseUrl })
    const headers = { Authorization: `Bearer ${await scene.acquireToken()}` }
    const requests = [acquire, { path: '/api/session', headers }]

    store.breakDown()
    for (const request of requests) {
      const { status, text } = await sendHttp(scene.url, request)
      expect(status).toBe(503)
      expect(checkErrorBody(text)).toMatchObject(unavailable)
    }
    store.comeBack()
    for (const request of requests) expect((await sendHttp(scene.url, request)).status).toBe(200)
  })

  it.each(commands)('%s is answered, and works once they are back', async (name, { reply }) => {
    await using store = await breakableStore()
    await using scene = await startScene({ databaseUrl: store.databaseUrl })
    const client = await scene.attacker()
    const input = inputs[name] ?? null
    if (name === 'presence:set') await callWithAck(client, 'room:join', { room })
    const connection = scene.server.io.sockets.sockets.get(client.id ?? '')
    // Makes the next command write its time to the store.
    if (connection) connection.data.lastActivityAt = 0

    store.breakDown()
    for (const outcome of [
      await callWithAck(client, name, input),
      await sendWithoutAck(client, name, reply, input),
    ]) {
      expect(outcome).toMatchObject({ ok: false, error: unavailable })
    }
    store.comeBack()
    expect(await callWithAck(client, name, input)).toMatchObject({ ok: true })
    expect(connection?.data.lastActivityAt).toBeGreaterThan(0)
  })

  it('invalid input is refused without asking the store', async () => {
    await using store = await breakableStore()
    await using scene = await startScene({ databaseUrl: store.databaseUrl })
    const client = await scene.attacker()
    store.breakDown()
    expect(await callWithAck(client, 'ping', 1)).toMatchObject({ error: { code: 'invalid_input' } })
    expect(await callWithAck(client, 'nothing')).toMatchObject({
      error: { code: 'unknown_command' },
    })
    store.comeBack()
  })
})

it('a store that is locked answers 503 in the end, and works once it is free', async () => {
  await using store = await breakableStore()
  await using scene = await startScene({ databaseUrl: store.databaseUrl })
  store.lock()
  const { status, text } = await sendHttpPatiently(scene.url)
  expect(status).toBe(503)
  expect(checkErrorBody(text)).toMatchObject(unavailable)
  store.unlock()
  expect((await sendHttp(scene.url, acquire)).status).toBe(200)
}, 30_000)

describe('while the sessions fail in a way that nobody planned', () => {
  it.each([
    ['reject', () => Promise.reject(new Error('SELECT * FROM sessions: hunter2'))],
    ['reject with nothing', () => Promise.reject(undefined as unknown as Error)],
    [
      'throw',
      () => {
        throw new TypeError('hunter2')
      },
    ],
  ])('and %s, the caller is told nothing of it', async (_what, fail) => {
    await using scene = await startScene()
    const token = await scene.acquireToken()
    const find = vi.spyOn(scene.server.sessions, 'findByToken').mockImplementation(fail)
    const client = scene.client({ auth: { token } })
    const refusal = await attempt(client)
    expect(checkError(refusal?.data).code).toBe('internal_error')
    expect(JSON.stringify([refusal?.message, refusal?.data])).not.toContain('hunter2')

    const headers = { Authorization: `Bearer ${token}` }
    const { status, text } = await sendHttp(scene.url, { path: '/api/session', headers })
    expect(status).toBe(500)
    expect(checkErrorBody(text).code).toBe('internal_error')
    expect(text).not.toContain('hunter2')

    find.mockRestore()
    expect(await attempt(client)).toBeUndefined()
  })
})

/** Acquires a session. The server first waits for a lock, for longer than `sendHttp` allows. */
async function sendHttpPatiently(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}${acquire.path}`, { method: acquire.method })
  return { status: response.status, text: await response.text() }
}
