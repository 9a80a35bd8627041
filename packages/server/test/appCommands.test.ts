import { command, coreContract, extendContract } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { CommandError, createServer, defaultLimits } from '../src/index.js'
import { queryStore } from './support/queryStore.js'
import { acquire, connected, refused, startServer, temporaryDirectory } from './support/server.js'
import type { PlainClient } from './support/server.js'
import { io } from 'socket.io-client'
import { emptyStore } from './support/testDatabase.js'

const anything = z.unknown()
const contract = extendContract(coreContract, {
  commands: {
    'app:run': command({ input: z.string(), output: anything, reply: 'app:ran' }),
    'app:number': command({ input: anything, output: z.number() }),
  },
})

const hangs = vi.fn(() => new Promise(() => undefined))
const behaviours: Record<string, () => unknown> = {
  works: () => ({ fine: true }),
  refuses: () => {
    throw new CommandError('forbidden', 'You may not', { hint: 'Ask', data: { why: 1 } })
  },
  throws: () => {
    throw new Error('a secret of the server')
  },
  rejects: () => Promise.reject(new Error('a secret of the server')),
  bigint: () => 1n,
  hangs,
}

const left = vi.fn()

async function setUp() {
  const server = await createServer({
    port: 0,
    host: '127.0.0.1',
    databaseUrl: await emptyStore(),
    logLevel: 'silent',
    environment: 'development',
    contract,
    commands: {
      'app:run': ({ input, connection, signal }) => {
        if (input !== 'leaves') return behaviours[input]?.()
        connection.disconnect(true)
        return Promise.resolve().then(() => {
          left(signal.aborted)
        })
      },
      'app:number': () => 'no number' as never,
    },
  })
  const url = await server.listen()
  const { token } = await acquire(url)
  const client: PlainClient = io(url, { auth: { token }, transports: ['websocket'] })
  await connected(client)
  const call = (name: string, ...args: unknown[]): Promise<unknown> =>
    client.emitWithAck(name as 'echo', ...(args as [string]))
  return {
    call,
    client,
    async [Symbol.asyncDispose]() {
      client.close()
      await server.close()
    },
  }
}

describe('an app’s own command', () => {
  it('answers with what its handler returns, by ack and by its reply event', async () => {
    await using context = await setUp()
    expect(await context.call('app:run', 'works')).toEqual({ ok: true, data: { fine: true } })
    const replied = new Promise((resolve) => context.client.once('app:ran' as 'pong', resolve))
    context.client.emit('app:run' as 'echo', 'works')
    expect(await replied).toEqual({ fine: true })
  })

  it('answers with the typed error that its handler throws', async () => {
    await using context = await setUp()
    expect(await context.call('app:run', 'refuses')).toEqual({
      ok: false,
      error: {
        code: 'forbidden',
        message: 'You may not',
        hint: 'Ask',
        retryable: false,
        data: { why: 1 },
      },
    })
  })

  it.each(['throws', 'rejects', 'bigint'])(
    'answers internal_error without any detail when its handler %s',
    async (behaviour) => {
      await using context = await setUp()
      const answer = await context.call('app:run', behaviour)
      expect(answer).toMatchObject({ ok: false, error: { code: 'internal_error' } })
      expect(JSON.stringify(answer)).not.toContain('secret')
    },
  )

  it('answers internal_error in development when the result breaks the contract', async () => {
    await using context = await setUp()
    expect(await context.call('app:number', 1)).toMatchObject({ error: { code: 'internal_error' } })
  })

  it('answers handler_timeout when its handler hangs', async () => {
    await using context = await setUp()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const answer = context.call('app:run', 'hangs')
      while (hangs.mock.calls.length === 0) {
        await new Promise((resolve) => setImmediate(resolve))
      }
      vi.advanceTimersByTime(defaultLimits.handlerTimeoutMs)
      expect(await answer).toMatchObject({ error: { code: 'handler_timeout', retryable: true } })
    } finally {
      vi.useRealTimers()
    }
  })

  it('is told that nobody waits for it when it has closed its own connection', async () => {
    await using context = await setUp()
    context.client.emit('app:run' as 'echo', 'leaves')
    await vi.waitFor(() => {
      expect(left).toHaveBeenCalledWith(true)
    })
  })

  it.each([
    ['with a reserved key', JSON.parse('{"__proto__":{"a":1}}')],
    ['with a polluting constructor', { constructor: { prototype: {} } }],
  ] as [string, unknown][])('never sees input %s', async (_what, input) => {
    await using context = await setUp()
    expect(await context.call('app:number', input)).toMatchObject({
      ok: false,
      error: { code: 'invalid_input' },
    })
  })

  it('never sees two payloads', async () => {
    await using context = await setUp()
    expect(await context.call('app:number', 1, 2)).toMatchObject({
      error: { code: 'invalid_input' },
    })
  })

  it('needs a handler, and a handler needs a command', async () => {
    const databaseUrl = 'sqlite::memory:'
    const start = (commands: object) =>
      createServer({ databaseUrl, logLevel: 'silent', contract, commands } as never)
    await expect(start({})).rejects.toMatchObject({ code: 'invalid_options' })
    const known = { 'app:run': () => 1, 'app:number': () => 1 }
    await expect(start({ ...known, 'app:more': () => 1 })).rejects.toMatchObject({
      code: 'invalid_options',
    })
  })
})

describe('a store that fails', () => {
  it('is a retryable answer, and recovers without a restart', async () => {
    await using directory = await temporaryDirectory()
    await using context = await startServer({ databaseUrl: directory.databaseUrl })
    const { token } = await context.acquire()
    await queryStore(directory.databaseUrl, 'ALTER TABLE sessions RENAME TO hidden')

    const error = await refused(context.client({ auth: { token } }))
    expect(error.data).toMatchObject({ code: 'store_unavailable', retryable: true })
    expect(error.message).not.toMatch(/sql|table/i)
    const response = await fetch(`${context.url}/api/session/acquire`, { method: 'POST' })
    expect(response.status).toBe(503)

    await queryStore(directory.databaseUrl, 'ALTER TABLE hidden RENAME TO sessions')
    await connected(context.client({ auth: { token } }))
  })
})
