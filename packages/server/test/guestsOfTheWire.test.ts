import type { Answer } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import { connected, startServer } from './support/server.js'
import type { PlainClient } from './support/server.js'

type Context = Awaited<ReturnType<typeof startServer>>

/** A plain Socket.IO client, without the types of our contract. */
interface Guest {
  emit(name: string, ...payload: unknown[]): void
  once(name: string, listener: (payload: unknown) => void): void
}

async function guest(context: Context, transport = 'websocket') {
  const { token } = await context.acquire()
  const client = context.client({ auth: { token }, transports: [transport] })
  return { token, client: await connected(client) }
}

/** Sends a command without an acknowledgement, and resolves with its reply event. */
function replyTo(client: PlainClient, name: string, reply: string, payload: unknown) {
  const plain = client as unknown as Guest
  return new Promise((resolve, reject) => {
    plain.once(reply, resolve)
    plain.once('command:failed', (failure) => {
      reject(new Error(JSON.stringify(failure)))
    })
    plain.emit(name, payload)
  })
}

describe('a command that takes nothing', () => {
  it.each([
    ['ping', 'pong'],
    ['status', 'status_response'],
    ['info', 'info_response'],
    ['session:renew', 'session:renewed'],
  ])('answers %s with an empty object by its event', async (name, reply) => {
    await using context = await startServer()
    const { client } = await guest(context)
    expect(await replyTo(client, name, reply, {})).toBeTypeOf('object')
  })

  it('answers it by the acknowledgement, over polling too', async () => {
    await using context = await startServer()
    const { client } = await guest(context, 'polling')
    const answer: unknown = await client.emitWithAck('ping', {})
    expect(answer).toMatchObject({ ok: true })
  })

  it.each([[[]], [{ a: 1 }], [''], [{ a: {} }]])('refuses %j', async (payload) => {
    await using context = await startServer()
    const { client } = await guest(context)
    const answer: unknown = await client.emitWithAck('status', payload)
    expect(answer).toMatchObject({ ok: false, error: { code: 'invalid_input' } })
  })

  it('is the same over REST', async () => {
    await using context = await startServer({ authenticate: () => 'sara' })
    let { token } = await context.acquire()
    const ask = async (method: string, path: string) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const response = await fetch(context.url + path, { method, headers, body: '{}' })
      const answer = (await response.json().catch(() => ({}))) as { token?: string }
      token = answer.token ?? token
      return response.status
    }
    expect(await ask('POST', '/api/session/renew')).toBe(200)
    expect(await ask('POST', '/api/session/sign-out')).toBe(200)
    expect(await ask('DELETE', '/api/session')).toBe(204)
  })
})

describe('the Socket.IO room of a user', () => {
  /**
   * Whether a client receives what the server sends to a room. The answer to a later ping shows
   * that the event would have arrived by then.
   */
  async function hears({ server }: Context, client: PlainClient, room: string): Promise<boolean> {
    let heard = false
    const onHead = (): void => {
      heard = true
    }
    client.once('room:head', onHead)
    server.io.to(room).emit('room:head', { rooms: [] })
    const answer = (await client.emitWithAck('ping')) as Answer<unknown>
    expect(answer.ok).toBe(true)
    client.off('room:head', onHead)
    return heard
  }

  it('has the connections of a session that was signed in before', async () => {
    await using context = await startServer()
    const { server } = context
    const { token } = await context.acquire()
    const { id = '' } = (await server.sessions.findByToken(token)) ?? {}
    const signedIn = await server.sessions.signIn(id, 'sara')
    const auth = { token: signedIn.token }
    const client = await connected(context.client({ auth }))
    const polling = await connected(context.client({ auth, transports: ['polling'] }))

    expect(await hears(context, client, 'user:sara')).toBe(true)
    expect(await hears(context, polling, 'user:sara')).toBe(true)
    expect(await hears(context, client, 'user:omid')).toBe(false)
    expect(await hears(context, client, `session:${signedIn.id}`)).toBe(true)
  })

  it('is joined at sign-in, changed with the user, and left at sign-out', async () => {
    await using context = await startServer()
    const { sessions } = context.server
    const { token, client } = await guest(context)
    const { id = '' } = (await sessions.findByToken(token)) ?? {}
    const socketId = client.id ?? ''
    const others = ['user:null', 'user:', 'user:anonymous']
    for (const room of others) expect(await hears(context, client, room)).toBe(false)

    const sara = await sessions.signIn(id, 'sara', { socketId })
    expect(await hears(context, client, 'user:sara')).toBe(true)
    const omid = await sessions.signIn(sara.id, 'omid', { socketId })
    expect(await hears(context, client, 'user:sara')).toBe(false)
    expect(await hears(context, client, 'user:omid')).toBe(true)
    await sessions.signOut(omid.id, { socketId })
    expect(await hears(context, client, 'user:omid')).toBe(false)
    expect(await hears(context, client, `session:${sara.id}`)).toBe(false)
    for (const room of others) expect(await hears(context, client, room)).toBe(false)
  })

  it('does not keep a connection whose session is over', async () => {
    await using context = await startServer()
    const { server } = context
    const { token, client } = await guest(context)
    const { id = '' } = (await server.sessions.findByToken(token)) ?? {}
    const socketId = client.id ?? ''
    const sara = await server.sessions.signIn(id, 'sara', { socketId })
    expect(server.io.sockets.adapter.rooms.get('user:sara')).toEqual(new Set([socketId]))
    const closed = new Promise((resolve) => client.once('disconnect', resolve))
    await server.sessions.end(sara.id)
    expect(server.io.sockets.adapter.rooms.get('user:sara')).toBeUndefined()
    await closed
  })
})
