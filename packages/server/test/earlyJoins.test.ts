import type { RoomEntered } from '@yektayar/protocol'
import { MAX_EARLY_JOINS } from '@yektayar/protocol'
import { describe, expect, it, vi } from 'vitest'
import { ListApp, WARD } from './support/listApp.js'
import { range } from './support/range.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { connected, refused, startServer } from './support/server.js'
import type { PlainClient } from './support/server.js'

type Context = Awaited<ReturnType<typeof startServer>>

/** Connects with joins beside the token, and records what arrives, in order. */
async function early(context: Context, joins: unknown, token?: string) {
  const auth = { token: token ?? (await context.acquire()).token, joins }
  const socket: PlainClient = context.client({ auth })
  const heard: [name: string, payload: unknown][] = []
  socket.onAny((name: string, payload: unknown) => heard.push([name, payload]))
  await connected(socket)
  const answers = (): RoomEntered[] =>
    heard.filter(([name]) => name === 'room:joined').map(([, payload]) => payload as RoomEntered)
  return {
    socket,
    heard,
    names: () => heard.map(([name]) => name),
    messages: () => heard.filter(([name]) => name === 'room:message').map(([, sent]) => sent),
    answers,
    async allAnswers(count: number) {
      await vi.waitFor(() => {
        expect(answers()).toHaveLength(count)
      })
      return answers().sort((a, b) => a.index - b.index)
    },
  }
}

describe('joins beside the token', () => {
  it('are answered right after the welcome as joins are, and are memberships like others', async () => {
    await using context = await startServer()
    const other = await roomClient(context)
    for (const text of ['a', 'b', 'c']) await context.server.publish(ROOM, text)
    const joined = await other.join(ROOM)
    const [first] = joined.messages
    const after = { epoch: joined.epoch, seq: 1, id: first?.id }

    const client = await early(context, [{ room: ROOM, after }, { room: 'public:empty' }])
    const [entered, empty] = await client.allAnswers(2)
    expect(client.names().slice(0, 3)).toEqual(['connection:accepted', 'connected', 'room:joined'])
    expect(client.heard[0]?.[1]).toEqual({ joins: 2, puts: true })
    expect(Object.keys(client.heard[1]?.[1] as object)).toEqual([
      'message',
      'socketId',
      'isLoggedIn',
    ])
    expect(entered).toMatchObject({ index: 0, ok: true, data: { room: ROOM, seq: 3, more: false } })
    expect(entered?.ok && entered.data.messages.map(({ data }) => data)).toEqual(['b', 'c'])
    expect(empty).toMatchObject({
      index: 1,
      ok: true,
      data: { room: 'public:empty', messages: [] },
    })

    await other.send(ROOM, 'd')
    await vi.waitFor(() => {
      expect(client.messages()).toMatchObject([{ seq: 4, data: 'd' }])
    })
  })

  it('are refused one by one where there is no right to them', async () => {
    const { authorize } = new ListApp()
    await using context = await startServer({ authorize })
    const plain = await roomClient(context)
    const refusal = await plain.join(WARD).catch((error: unknown) => error)
    const client = await early(context, [{ room: WARD }, { room: ROOM }, { room: 'no:such' }, 7])
    const answers = await client.allAnswers(4)
    const { code, message } = refusal as { code: string; message: string }
    expect(answers[0]).toMatchObject({ index: 0, ok: false, error: { code, message } })
    expect(answers[1]).toMatchObject({ index: 1, ok: true })
    expect(answers[2]).toMatchObject({ index: 2, ok: false, error: { code: 'unknown_room' } })
    expect(answers[3]).toMatchObject({ index: 3, ok: false, error: { code: 'invalid_input' } })
    await context.server.publish(WARD, 'secret')
    await context.server.publish(ROOM, 'public')
    await vi.waitFor(() => {
      expect(client.messages()).toMatchObject([{ data: 'public' }])
    })
  })

  it.each([
    ['a text', 'public:lobby'],
    ['an object', { 0: { room: ROOM } }],
    ['null', null],
    ['no entry', []],
  ])('are left out where they are %s', async (_what, joins) => {
    await using context = await startServer()
    const client = await early(context, joins)
    await client.socket.emitWithAck('ping')
    expect(client.names()).toEqual(['connected'])
  })

  it('are taken up to a number, and the client is told how many', async () => {
    await using context = await startServer()
    const rooms = range(1, MAX_EARLY_JOINS + 5).map((n) => ({ room: `public:${String(n)}` }))
    const client = await early(context, rooms)
    await client.allAnswers(MAX_EARLY_JOINS)
    expect(client.heard[0]).toEqual(['connection:accepted', { joins: MAX_EARLY_JOINS, puts: true }])
    await client.socket.emitWithAck('ping')
    expect(client.answers().map(({ index }) => index)).not.toContain(MAX_EARLY_JOINS)
  })

  it('count towards the commands of the session', async () => {
    await using context = await startServer({
      limits: { commandBurstPerSession: 2, commandsPerSessionPerSecond: 1 },
    })
    const rooms = range(1, 4).map((n) => ({ room: `public:${String(n)}` }))
    const answers = await (await early(context, rooms)).allAnswers(4)
    const codes = answers.map((answer) => answer.ok || answer.error.code)
    expect(codes).toEqual([true, true, 'rate_limited', 'rate_limited'])
  })

  it('are scanned for keys that no schema should see', async () => {
    await using context = await startServer()
    const presence = JSON.parse('{ "__proto__": { "isAdmin": true } }') as unknown
    const client = await early(context, [{ room: ROOM, presence }])
    const [answer] = await client.allAnswers(1)
    expect(answer).toMatchObject({ ok: false, error: { code: 'invalid_input' } })
  })

  it.each([{}, { token: '' }, { token: 'x'.repeat(43) }, { token: 7 }, { protocol: 99 }])(
    'change nothing of a refusal: %j',
    async (auth) => {
      await using context = await startServer()
      const plain = await refused(context.client({ auth }))
      const client = context.client({ auth: { ...auth, joins: [{ room: ROOM }] } })
      const heard: string[] = []
      client.onAny((name: string) => heard.push(name))
      const error = await refused(client)
      expect([error.message, error.data]).toEqual([plain.message, plain.data])
      expect(heard).toEqual([])
    },
  )

  it('leave nothing in the handshake of an admitted connection', async () => {
    await using context = await startServer()
    const client = await early(context, [{ room: ROOM }])
    await client.allAnswers(1)
    const [connection] = context.server.io.sockets.sockets.values()
    expect(connection?.handshake.auth).toEqual({})
  })

  it('end with the session that ends meanwhile', async () => {
    let goOn = (): void => undefined
    const asked = new Promise<void>((resolve) => {
      goOn = resolve
    })
    let isAsked = false
    await using context = await startServer({
      authorize: async () => {
        isAsked = true
        await asked
        return true
      },
    })
    const { token } = await context.acquire()
    const client = await early(context, [{ room: ROOM }], token)
    await vi.waitFor(() => {
      expect(isAsked).toBe(true)
    })
    const { sessions } = context.server
    await sessions.end((await sessions.findByToken(token))?.id ?? '')
    goOn()
    await vi.waitFor(() => {
      expect(client.socket.connected).toBe(false)
    })
    await context.server.publish(ROOM, 'secret')
    expect(client.names()).not.toContain('room:message')
    expect(client.answers().filter(({ ok }) => ok)).toEqual([])
  })
})
