import { command, coreContract, extendContract } from '@yektayar/protocol'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { defaultLimits } from '../src/index.js'
import type { CreateServerOptions } from '../src/index.js'
import { createLiveSessions } from '../src/connections/connectionsBySession.js'
import { noMetrics } from '../src/shared/metrics.js'
import type { Connection } from '../src/socketio/connection.js'
import { roomClient } from './support/roomClient.js'
import { refused, startServer } from './support/server.js'
import { next, startLife } from './support/sessionLife.js'

const DAY_MS = 24 * 60 * 60_000

/** A command whose input validation waits for the test, and a record of its runs. */
async function startCheckedServer() {
  let check = (): void => undefined
  const checked = new Promise<boolean>((resolve) => {
    check = () => {
      resolve(true)
    }
  })
  const asked = vi.fn(() => checked)
  const runs: unknown[] = []
  const input = z.string().refine(asked)
  const contract = extendContract(coreContract, {
    commands: { note: command({ input, output: z.number() }) },
  })
  const options = {
    contract,
    commands: { note: ({ session }) => runs.push(session.userId) },
  } satisfies CreateServerOptions<typeof contract>
  const context = await startServer(options)
  const client = await roomClient(context)
  const session = await context.server.sessions.findByToken(client.token)
  const noting = client.ask('note', 'text').catch((error: unknown) => error)
  await vi.waitFor(() => {
    expect(asked).toHaveBeenCalled()
  })
  return { context, client, id: session?.id ?? '', runs, noting, check }
}

describe('a command whose input is still being checked', () => {
  it('does not run when its session ends', async () => {
    const { context, client, id, runs, noting, check } = await startCheckedServer()
    await using _context = context
    const ended = next(client.socket, 'session:ended')
    await context.server.sessions.end(id)
    check()
    await ended
    await noting
    expect(runs).toEqual([])
  })

  it('does not run as whoever has signed in since', async () => {
    const { context, client, id, runs, noting, check } = await startCheckedServer()
    await using _context = context
    await context.server.sessions.signIn(id, 'sara', { socketId: client.socket.id })
    check()
    expect(await noting).toMatchObject({ code: 'conflict', retryable: true })
    expect(runs).toEqual([])
  })
})

/** A connection of Sara on which a command runs that answers when the test lets it. */
async function startSlowAnswer(result: string | undefined) {
  let say = (): void => undefined
  const said = new Promise<string | undefined>((resolve) => {
    say = () => {
      resolve(result)
    }
  })
  const run = vi.fn(() => said)
  const contract = extendContract(coreContract, {
    commands: { diary: command({ input: z.string(), output: z.string().optional() }) },
  })
  const context = await startLife({
    contract,
    commands: { diary: run },
  })
  const { token: first } = await context.acquire()
  const { body } = await context.signIn(first)
  const client = await roomClient(context, body.token)
  const answer = client.ask('diary', 'today').catch((error: unknown) => error)
  await vi.waitFor(() => {
    expect(run).toHaveBeenCalled()
  })
  return {
    context,
    token: body.token,
    client,
    answer: () => {
      say()
      return answer
    },
  }
}

describe('the late answer of a command of the app', () => {
  it.each(['sign-in', 'sign-out'])('is not for who has the connection after a %s', async (how) => {
    const { context, token, client, answer } = await startSlowAnswer('words of Sara')
    await using _context = context
    const changed =
      how === 'sign-in'
        ? await context.signIn(token, 'omid', client.socket.id)
        : await context.call('POST', '/sign-out', token, { socketId: client.socket.id })
    expect(changed.status).toBe(200)
    const error = await answer()
    expect(error).toMatchObject({ code: 'conflict' })
    expect(JSON.stringify(error)).not.toContain('words')
    expect(client.socket.connected).toBe(true)
  })

  it('is for its user after signing in again, and says of nothing that it is done', async () => {
    const again = await startSlowAnswer('words of Sara')
    await using _again = again.context
    await again.context.signIn(again.token, 'sara', again.client.socket.id)
    expect(await again.answer()).toBe('words of Sara')
    const silent = await startSlowAnswer(undefined)
    await using _silent = silent.context
    const { socket } = silent.client
    await silent.context.call('POST', '/sign-out', silent.token, { socketId: socket.id })
    expect(await silent.answer()).toBeUndefined()
  })
})

describe('admission', () => {
  it.each(['sign-in', 'sign-out', 'end'] as const)(
    'lets nobody in by a token that a %s makes useless while it is looked at',
    async (how) => {
      await using context = await startLife()
      const { sessions } = context.server
      const { token, id } = (await context.signIn((await context.acquire()).token)).body
      const client = context.client({ auth: { token }, reconnection: false })
      const welcomed: unknown[] = []
      client.on('connected', (welcome) => welcomed.push(welcome))
      // As with a store whose reads take time: the session changes after it was read.
      const findByToken = sessions.findByToken.bind(sessions)
      vi.spyOn(sessions, 'findByToken').mockImplementation(async (presented) => {
        const found = await findByToken(presented)
        if (how === 'sign-in') await sessions.signIn(id, 'omid')
        if (how === 'sign-out') await sessions.signOut(id)
        if (how === 'end') await sessions.end(id)
        return found
      })
      const error = await refused(client)
      expect(error.data).toMatchObject({ code: 'token_invalid' })
      expect(welcomed).toEqual([])
      expect(context.server.io.sockets.sockets.size).toBe(0)
    },
  )
})

it('a session that was idle for too long is worth nothing before anything has swept it', async () => {
  await using context = await startServer({ sessionIdleDays: 7 })
  const { sessions } = context.server
  const { token } = await context.acquire()
  const session = await sessions.findByToken(token)
  vi.useFakeTimers({ now: Date.now() + 8 * DAY_MS, toFake: ['Date'] })
  try {
    expect(await sessions.findByToken(token)).toBeUndefined()
    expect(await sessions.find(session?.id ?? '')).toBeUndefined()
    await expect(sessions.renew(session?.id ?? '', token)).rejects.toMatchObject({
      code: 'token_invalid',
    })
    const response = await fetch(`${context.url}/api/session`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(response.status).toBe(401)
    expect((await refused(context.client({ auth: { token } }))).data).toMatchObject({
      code: 'token_invalid',
    })
  } finally {
    vi.useRealTimers()
  }
})

it('a session that is read while its user signs in again keeps the connection that does', () => {
  const session = { id: 's', userId: 'sara', metadata: {}, lastActivityAt: 0, expiresAt: Infinity }
  const nothing = (): undefined => undefined
  const live = createLiveSessions({
    now: Date.now,
    onExpired: nothing,
    onLeft: nothing,
    onChanged: nothing,
    onOver: nothing,
    limits: defaultLimits,
    metrics: noMetrics,
  })
  onTestFinished(() => {
    live.close()
  })
  const [kept, other] = ['kept', 'other'].map((id) => {
    const data = { sessionId: 's', userId: 'sara', isEnded: false }
    const conn = {
      transport: {},
      close: nothing,
      once: (_event: string, heard: () => void) => {
        heard() // closed at once
      },
    }
    const connection = { id, data, conn, connected: false, disconnect: nothing }
    return connection as unknown as Connection // as far as it is used here
  })
  if (!kept || !other) throw new Error('There are two')
  for (const connection of [kept, other]) live.add(connection, { ...session, createdAt: 1 })
  const resume = live.suspended('s', 'kept')
  live.changed({ ...session, createdAt: 2 })
  expect(kept.data.isEnded).toBe(false)
  resume() // the sign-in has failed
  live.changed({ ...session, createdAt: 2 })
  expect(kept.data.isEnded).toBe(true)
})
