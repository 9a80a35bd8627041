import { randomUUID } from 'node:crypto'
import { coreContract, extendContract, json, room } from '@yektayar/protocol'
import type { Schema } from '@yektayar/protocol'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Authorize } from '../src/index.js'
import { captureLog } from './support/captureLog.js'
import { logOf } from './support/logOf.js'
import { answersOf, ROOM, roomClient, sendItem } from './support/roomClient.js'
import { startServer, temporaryDirectory } from './support/server.js'

/** Takes texts, the longer the later: `'aaa'` takes 3 ms. */
const slowText: Schema<string> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) => {
      if (typeof value !== 'string') return { issues: [{ message: 'Expected a text' }] }
      await new Promise((resolve) => setTimeout(resolve, value.length))
      return { value }
    },
  },
}
const contract = extendContract(coreContract, {
  rooms: {
    'support:{caseId}': room({
      message: z.object({ text: z.string().trim(), tags: z.array(z.string()).default([]) }),
    }),
    'support:vip:{caseId}': room({ message: json }),
    'slow:{id}': room({ message: slowText }),
    'broken:{id}': room({
      message: z.unknown().transform(() => new Map()) as unknown as Schema<1>,
    }),
    'user:{userId}:inbox': room({ message: json }),
  },
})
type App = typeof contract

const startApp = (authorize?: Authorize<App>, more: { databaseUrl?: string } = {}) =>
  startServer<App>({ contract, logLevel: 'error', ...(authorize && { authorize }), ...more })

const everyCommand = (room: string): [name: string, input: object][] => [
  ['room:join', { room }],
  ['room:send', { room, data: 1 }],
  ['room:history', { room }],
  ['room:typing', { room, isTyping: true }],
]

describe('a room that is not in the contract', () => {
  const hint = expect.stringContaining('support:{caseId}, support:vip:{caseId}') as string
  const unknown = { code: 'unknown_room', hint, retryable: false }

  it.each(['suport:42', 'support:', 'support:vip:', 'lobby'])('is unknown: %s', async (name) => {
    await using context = await startApp(() => true)
    const client = await roomClient(context)
    for (const [command, input] of everyCommand(name)) {
      await expect(client.ask(command, input)).rejects.toMatchObject(unknown)
    }
    const { publish, rooms } = context.server
    await expect(publish(name as 'public:x', 1)).rejects.toMatchObject(unknown)
    await expect(rooms.review({ room: name })).rejects.toMatchObject(unknown)
    await expect(rooms.remove(name, 'user:sara')).rejects.toMatchObject(unknown)
    expect(await client.ask('room:leave', { room: name })).toEqual({ room: name })
  })

  it('fails its items of an outbox alone', async () => {
    await using context = await startApp(() => true)
    const client = await roomClient(context)
    const items = [sendItem(1, ROOM, 'a'), sendItem(2, 'suport:42', 'b'), sendItem(3, ROOM, 'c')]
    const outbox = randomUUID()
    const answers = answersOf(await client.deliver(outbox, items))
    expect(answers).toMatchObject([{ ok: true }, { ok: false, error: unknown }, { ok: true }])
    expect(answersOf(await client.deliver(outbox, items))).toEqual(answers)
    expect(await logOf(client)).toEqual(['a', 'c'])
  })

  it('is also unknown where an earlier contract has stored it', async () => {
    await using directory = await temporaryDirectory()
    const { databaseUrl } = directory
    const text = { text: 'kept', tags: [] }
    {
      await using context = await startApp(() => true, { databaseUrl })
      const client = await roomClient(context)
      await client.send('support:42', text)
    }
    {
      await using context = await startServer({ databaseUrl, authorize: () => true })
      const client = await roomClient(context)
      await expect(client.join('support:42')).rejects.toMatchObject({ code: 'unknown_room' })
    }
    await using context = await startApp(() => true, { databaseUrl })
    const { messages } = await (await roomClient(context)).join('support:42')
    expect(messages).toMatchObject([{ data: text }])
  })
})

describe('authorize', () => {
  it('gets the pattern and the params', async () => {
    const asked: unknown[] = []
    await using context = await startApp((_session, action, { name, pattern, params }) => {
      asked.push([action, name, pattern, params])
      return true
    })
    const client = await roomClient(context)
    await client.join('support:a:b')
    await client.send('support:vip:7', 1)
    expect(asked).toEqual([
      ['join', 'support:a:b', 'support:{caseId}', { caseId: 'a:b' }],
      ['send', 'support:vip:7', 'support:vip:{caseId}', { caseId: '7' }],
    ])
  })

  it('refuses an app’s own rooms by default, also to a user whose id looks like one', async () => {
    await using context = await startApp()
    const client = await roomClient(context)
    const { sessions } = context.server
    const session = await sessions.findByToken(client.token)
    const socketId = client.socket.id
    await sessions.signIn(session?.id ?? '', '7:inbox', { socketId })
    for (const name of ['support:42', 'user:7:inbox']) {
      for (const [command, input] of everyCommand(name)) {
        await expect(client.ask(command, input)).rejects.toMatchObject({ code: 'room_forbidden' })
      }
    }
  })
})

describe('a message', () => {
  it('is stored as the schema of its room makes it', async () => {
    await using context = await startApp(() => true)
    const [client, other] = [await roomClient(context), await roomClient(context)]
    await other.join('support:42')
    await client.send('support:42', { text: ' a ', more: 1 })
    await context.server.publish('support:42', { text: 'b ', tags: ['x'] })
    const item = { ...sendItem(1, '', ''), input: { room: 'support:42', data: { text: 'c' } } }
    await client.deliver(randomUUID(), [item])
    const stored = [
      { text: 'a', tags: [] },
      { text: 'b', tags: ['x'] },
      { text: 'c', tags: [] },
    ]
    expect(await logOf(client, 'support:42')).toEqual(stored)
    expect(other.seen.map(({ data }) => data)).toEqual(stored)
  })

  it('of the server is refused with a reserved key, as one of a client is', async () => {
    await using context = await startServer()
    for (const [data, path] of [
      ['{"note":{"__proto__":{"isAdmin":true}}}', 'note.__proto__'],
      ['[{"constructor":{"prototype":1}}]', '0.constructor'],
    ] as const) {
      const published = context.server.publish('public:lobby', JSON.parse(data) as string)
      await expect(published).rejects.toMatchObject({
        code: 'invalid_input',
        message: `${path} is a reserved key`,
        data: { issues: [{ path, message: 'is a reserved key' }] },
      })
    }
    expect(await context.server.publish('public:lobby', { constructor: 'x' })).toMatchObject({
      seq: 1,
    })
  })

  it('that does not fit is refused with its path, and changes nothing', async () => {
    await using context = await startApp(() => true)
    const client = await roomClient(context)
    const refusal = { code: 'invalid_input', data: { issues: [{ path: 'text' }] } }
    await expect(client.send('support:42', { txet: 'a' })).rejects.toMatchObject(refusal)
    const wrong = { txet: 'a' } as unknown as { text: string }
    await expect(context.server.publish('support:42', wrong)).rejects.toMatchObject(refusal)
    const items = [{ text: 'a' }, { txet: 'b' }, { text: 'c' }].map((data, index) => ({
      ...{ n: index + 1, name: 'room:send', key: String(index) },
      input: { room: 'support:42', data },
    }))
    const answers = answersOf(await client.deliver(randomUUID(), items))
    expect(answers).toMatchObject([{ ok: true }, { ok: false, error: refusal }, { ok: true }])
    expect(await logOf(client, 'support:42')).toMatchObject([{ text: 'a' }, { text: 'c' }])
  })

  it('of nobody who may send is not looked at', async () => {
    await using context = await startApp((_session, action) => action !== 'send')
    const client = await roomClient(context)
    await expect(client.send('support:42', { txet: 'a' })).rejects.toMatchObject({
      code: 'room_forbidden',
    })
  })

  it('keeps its place where the schema is asynchronous', async () => {
    await using context = await startApp(() => true)
    const client = await roomClient(context)
    const texts = ['aaaaaaaaaaaaaaaaaaaa', 'bbbbb', 'c']
    const items = texts.map((text, index) => sendItem(index + 1, 'slow:1', text))
    const answers = answersOf(
      await client.deliver(randomUUID(), [
        ...items,
        { ...sendItem(4, 'slow:1', ''), input: { room: 'slow:1', data: 1 } },
      ]),
    )
    expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, false])
    const { publish } = context.server
    await Promise.all(texts.map((text) => publish('slow:1', text)))
    expect(await logOf(client, 'slow:1')).toEqual([...texts, ...texts])
  })

  it('of a schema that makes no JSON is an error of the app', async () => {
    await using context = await startApp(() => true)
    const log = captureLog(context.server)
    const client = await roomClient(context)
    await expect(client.send('broken:1', 1)).rejects.toMatchObject({ code: 'internal_error' })
    expect(log.text()).toContain('The schema of messages in broken:{id} makes no JSON: it is a Map')
  })
})

it('a message to a user never leads to a room of another pattern', async () => {
  await using context = await startApp()
  const { toUser } = context.server
  await expect(toUser('7:inbox').publish(1)).rejects.toMatchObject({ code: 'unknown_room' })
  await expect(toUser('7:other').publish(1)).resolves.toMatchObject({ room: 'user:7:other' })
})
