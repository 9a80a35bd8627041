import { randomUUID } from 'node:crypto'
import { command, coreContract, extendContract, json } from '@yektayar/protocol'
import { io } from 'socket.io-client'
import { describe, expect, it } from 'vitest'
import { CommandError, yektayar } from '../src/index.js'
import { startLoggingApp } from './support/loggingApp.js'
import { ROOM, roomClient, sendItem } from './support/roomClient.js'
import { acquire } from './support/server.js'
import type { PlainClient } from './support/server.js'

const contract = extendContract(coreContract, {
  commands: {
    'app:call': command({ input: json, output: json }),
    'app:once': command({ input: json, output: json, delivery: 'once' }),
  },
})

function selfReferring(): Error {
  const error = new Error('nope') as Error & { self?: unknown }
  error.self = error
  return error
}

function withGetter(): Error {
  return Object.defineProperty(new Error('nope'), 'message', {
    get() {
      throw new Error('not readable')
    },
  })
}

function deepCause(): Error {
  let error = new Error('the first')
  for (let depth = 0; depth < 20_000; depth++) error = new Error('nope', { cause: error })
  return error
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable(new Error('nope'), {})
  revoke()
  return proxy
}

function frozenCommandError(): Error {
  return Object.freeze(new CommandError('conflict', 'Sold', { cause: Object.freeze(new Error()) }))
}

const throwables: [string, () => unknown][] = [
  ['that is frozen', () => Object.freeze(new Error('nope'))],
  ['that refers to itself', selfReferring],
  ['whose message throws', withGetter],
  ['with 20,000 causes', deepCause],
  ['that is a revoked proxy', revoked],
  ['of a command, frozen', frozenCommandError],
]

/** An app with a log, whose handlers throw an error, and whose other callbacks do so after `breakIt()`. */
async function start(throwIt: () => unknown) {
  let isBroken = false
  const fail = (): never => {
    throw throwIt()
  }
  const realtime = yektayar({
    databaseUrl: 'sqlite::memory:',
    contract,
    corsOrigins: () => (isBroken ? fail() : true),
    authorize: () => (isBroken ? fail() : true),
    authenticate: fail,
    commands: { 'app:call': fail, 'app:once': fail },
  })
  const app = await startLoggingApp(async (instance) => instance.register(realtime))
  const client = (options: object): PlainClient =>
    io(app.url, { ...options, transports: ['websocket'], forceNew: true })
  return Object.assign(app, {
    realtime,
    client: () => roomClient({ acquire: () => acquire(app.url), client }),
    breakIt: () => {
      isBroken = true
    },
  })
}

describe.each(throwables)('an error of an app %s', (_name, throwIt) => {
  it('fails its command alone, and the next ones of its outbox go on', async () => {
    await using app = await start(throwIt)
    const client = await app.client()
    await expect(client.ask('app:call', 1)).rejects.toThrow()
    const items = [{ n: 1, name: 'app:once', input: 1 }, sendItem(2, ROOM, 'x')]
    expect(await client.deliver(randomUUID(), items)).toMatchObject({
      answers: [
        { n: 1, ok: false },
        { n: 2, ok: true },
      ],
    })
  })

  it('takes a member out of a room whose right it should have told', async () => {
    await using app = await start(throwIt)
    const client = await app.client()
    await client.join(ROOM)
    app.breakIt()
    await app.realtime.rooms.review({ room: ROOM })
    expect(await app.realtime.rooms.members(ROOM)).toEqual([])
  })

  it('is an internal error of a sign-in', async () => {
    await using app = await start(throwIt)
    const { token } = await acquire(app.url)
    const response = await fetch(`${app.url}/api/session/sign-in`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'sara', password: 'x' }),
    })
    expect([409, 500]).toContain(response.status)
    expect(await response.text()).not.toContain('nope')
    expect((await fetch(`${app.url}/api`)).status).toBe(200)
  })

  it('refuses an origin', async () => {
    await using app = await start(throwIt)
    app.breakIt()
    const headers = { origin: 'https://other.example' }
    const { status } = await fetch(`${app.url}/api`, { headers })
    expect(status).toBe(403)
    expect((await fetch(`${app.url}/api`)).status).toBe(200)
  })
})
