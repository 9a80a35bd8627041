import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import Fastify from 'fastify'
import { command, coreContract, extendContract, none } from '@yektayar/protocol'
import type { AcquiredSession, Answer } from '@yektayar/protocol'
import { io } from 'socket.io-client'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { yektayar } from '../src/index.js'
import type { Authorize } from '../src/index.js'
import { acquire, connected } from './support/server.js'
import { emptyStore } from './support/testDatabase.js'

interface Line {
  msg: string
  socketId?: string
  sessionId?: string
  commandId?: number
  command?: string
  limit?: string
  err?: { message: string }
}

const contract = extendContract(coreContract, {
  commands: { 'app:note': command({ input: none, output: z.null() }) },
})

/** An app whose log is an array, at level `trace`. */
async function startLogging(authorize: Authorize<typeof contract> = () => true) {
  const lines: Line[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)) as Line)
      done()
    },
  })
  const app = Fastify({ logger: { level: 'trace', stream } })
  await app.register(
    yektayar({
      databaseUrl: await emptyStore(),
      contract,
      authorize,
      commands: {
        'app:note': ({ log }) => {
          log.info('from the handler')
          return null
        },
      },
    }),
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo // it listens on a port
  const url = `http://127.0.0.1:${String(port)}`
  return {
    url,
    lines,
    connect: async () => {
      const { token } = await acquire(url)
      const client = io(url, { auth: { token }, transports: ['websocket'], forceNew: true })
      return { token, client: await connected(client) }
    },
    review: () => app.yektayar.rooms.review({ room: 'public:lobby' }),
    find: (text: string) => lines.filter(({ msg }) => msg === text),
    [Symbol.asyncDispose]: () => app.close(),
  }
}

describe('the log', () => {
  it('has one id for all lines of a connection, and one for all lines of a command', async () => {
    await using app = await startLogging()
    const { client } = await app.connect()
    await client.emitWithAck('app:note' as 'ping')
    await client.emitWithAck('nope' as 'ping')
    const socketId = client.id
    client.close()
    await vi.waitFor(() => {
      expect(app.find('disconnected')).toHaveLength(1)
    })

    const own = app.lines.filter((line) => line.socketId === socketId)
    expect(own.map(({ msg }) => msg)).toEqual([
      'connected',
      'from the handler',
      'command answered',
      'command failed',
      'disconnected',
    ])
    expect(new Set(own.map(({ sessionId }) => sessionId)).size).toBe(1)
    expect(own[0]?.sessionId).toMatch(/^[0-9a-f-]{36}$/)
    const [, first, second, third] = own.map(({ commandId }) => commandId)
    expect(first).toEqual(expect.any(Number))
    expect([second, third === first]).toEqual([first, false])
    expect(own.map(({ command: name }) => name).slice(1, 4)).toEqual([
      'app:note',
      'app:note',
      undefined, // an unknown name from a client is not logged
    ])
  })

  it('says which connection a limit has closed, and which limit it was', async () => {
    await using app = await startLogging()
    const { client } = await app.connect()
    const socketId = client.id
    const lost = new Promise((resolve) => client.once('disconnect', resolve))
    client.emit('echo', Buffer.from('x'))
    await lost
    client.close()
    expect(app.find('connection closed by a limit')).toMatchObject([
      { socketId, sessionId: expect.any(String) as string, limit: 'maxAttachments' },
    ])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no rights today')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no rights today'))],
  ])('says why a member was removed whose rights could not be asked: %s', async (_how, fail) => {
    let decide: Authorize<typeof contract> = () => true
    await using app = await startLogging((...asked) => decide(...asked))
    const { client } = await app.connect()
    const left = new Promise((resolve) => client.once('room:left', resolve))
    await client.emitWithAck('room:join', { room: 'public:lobby' })
    decide = fail
    await app.review()
    expect(await left).toMatchObject({ room: 'public:lobby' })
    client.close()
    expect(app.find('authorize failed: removed the connection')).toMatchObject([
      { err: { message: 'no rights today' }, room: 'public:lobby' },
    ])
  })

  it('has no token at any level, however it got there', async () => {
    await using app = await startLogging()
    const { token, client } = await app.connect()
    const renewed = (await client.emitWithAck('session:renew')) as Answer<AcquiredSession>
    if (!renewed.ok) throw new Error(renewed.error.code)
    await client.emitWithAck('echo', { token })
    await client.emitWithAck('status')
    await client.emitWithAck('ping', { token })
    await client.emitWithAck(token as 'ping')
    client.close()
    const headers = { authorization: `Bearer ${token}` }
    await fetch(`${app.url}/api/session`, { headers })
    const refusal = io(app.url, { auth: { token: `${token}x` }, transports: ['websocket'] })
    await new Promise((resolve) => refusal.once('connect_error', resolve))
    refusal.close()

    const text = JSON.stringify(app.lines)
    expect(app.lines.length).toBeGreaterThan(10)
    expect(text).not.toContain(token)
    expect(text).not.toContain(renewed.data.token)
  })
})
