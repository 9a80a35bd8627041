import { randomUUID } from 'node:crypto'
import type { OutboxItem } from '@yektayar/protocol'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { logOf } from './support/logOf.js'
import { queryStore } from './support/queryStore.js'
import { answersOf, ROOM, roomClient, sendItem } from './support/roomClient.js'
import { startServer, temporaryDirectory } from './support/server.js'
import { isOnPostgres } from './support/testDatabase.js'
import type { CreateServerOptions } from '../src/index.js'

type Context = Awaited<ReturnType<typeof startServer>>

const SECRET = 'what Sara tells nobody else'

/** A client signed in as Sara, whose connection stays open when its user changes. */
async function startSara(options: CreateServerOptions = {}) {
  const context = await startServer(options)
  const client = await roomClient(context)
  const change = changerOf(context, client)
  const sara = await change('sara')
  return { context, client, change, sara }
}

/**
 * Returns a function that signs in or out on this connection, starting from its current session.
 */
function changerOf({ server }: Context, { socket, token }: Awaited<ReturnType<typeof roomClient>>) {
  let id: string | undefined
  return async (userId: string | null) => {
    id ??= (await server.sessions.findByToken(token))?.id ?? ''
    const options = { socketId: socket.id }
    const changed =
      userId === null
        ? await server.sessions.signOut(id, options)
        : await server.sessions.signIn(id, userId, options)
    ;({ id } = changed)
    return changed
  }
}

function messageItem(n: number, text: string): OutboxItem {
  return { n, name: 'message', input: { text }, key: `key-${text}` }
}

/** Everything in the store that some client may be able to read. */
async function readable({ server }: Context): Promise<string> {
  const names = ['rooms', 'room_messages', 'outbox_answers']
  const read = (name: string) => sql`select * from ${sql.raw(name)}`.execute(server.database)
  return JSON.stringify(await Promise.all(names.map(read)))
}

describe.each([
  ['after a sign-out', null],
  ['after another user signed in', 'omid'],
])('the next person %s', (_what, nextUser) => {
  it('reads nothing of what the last one has sent to the session’s own room', async () => {
    const { context, client, change, sara } = await startSara({ authorize: () => true })
    await using _context = context
    const room = `session:${sara.id}`
    await client.join(room)
    const outbox = randomUUID()
    await client.ask('message', { text: SECRET })
    await client.deliver(outbox, [messageItem(1, SECRET)])
    expect(await readable(context)).toContain(SECRET)
    const next = await change(nextUser)

    expect(await client.ask('room:history', { room })).toMatchObject({ messages: [], more: false })
    expect(await client.join(room)).toMatchObject({ seq: 0, messages: [] })
    expect(await client.join(`session:${next.id}`)).toMatchObject({ seq: 0, messages: [] })
    expect(await readable(context)).not.toContain(SECRET)
  })

  it('may not even ask for that room, unless the app says so', async () => {
    const { context, client, change, sara } = await startSara()
    await using _context = context
    await client.join(`session:${sara.id}`)
    const left = new Promise((resolve) => client.socket.once('room:left', resolve))
    await change(nextUser)
    expect(await left).toEqual({ room: `session:${sara.id}`, code: 'room_forbidden' })
    await expect(client.ask('room:history', { room: `session:${sara.id}` })).rejects.toMatchObject({
      code: 'room_forbidden',
    })
  })

  it('gets no answer that was kept for the last one’s outbox, and delivers nothing from it', async () => {
    const { context, client, change } = await startSara()
    await using _context = context
    const outbox = randomUUID()
    await client.deliver(outbox, [messageItem(1, SECRET)])
    await change(nextUser)
    for (const items of [[messageItem(1, SECRET)], [sendItem(2, ROOM, SECRET)]]) {
      await expect(client.deliver(outbox, items)).rejects.toMatchObject({ code: 'forbidden' })
    }
    expect(await logOf(client)).toEqual([])
  })

  it('does not run what the last one’s outbox has sent while the user changed', async () => {
    const { context, client, change } = await startSara()
    await using _context = context
    const delivered = client.ask('outbox:deliver', {
      outbox: randomUUID(),
      items: [sendItem(1, ROOM, SECRET)],
      user: 'sara',
    })
    await change(nextUser)
    const late = await client.ask('outbox:deliver', {
      outbox: randomUUID(),
      items: [sendItem(1, ROOM, 'late')],
      user: 'sara',
    })
    expect(late).toEqual({ retryAfterMs: context.server.limits.changedUserRetryMs })
    await delivered
    const { messages } = await client.join(ROOM)
    for (const { from, data } of messages) expect([from, data]).toEqual(['user:sara', SECRET])
  })

  it('does not run what was still being asked about when the user changed', async () => {
    const asked: ((isAllowed: boolean) => void)[] = []
    const { context, client, change } = await startSara({
      authorize: (_session, action) =>
        action !== 'send' || new Promise((resolve) => asked.push(resolve)),
    })
    await using _context = context
    const outbox = randomUUID()
    const delivering = client.deliver(outbox, [sendItem(1, ROOM, SECRET)])
    const sending = client.send(ROOM, SECRET).catch((error: unknown) => error)
    await client.ask('ping', undefined)
    expect(asked).toHaveLength(2)
    await change(nextUser)
    for (const allow of asked) allow(true)
    expect(await delivering).toEqual({ retryAfterMs: context.server.limits.changedUserRetryMs })
    expect(await sending).toMatchObject({ code: 'conflict', retryable: true })
    expect(await logOf(client)).toEqual([])
  })
})

describe('an outbox that was filled before a sign-in', () => {
  it('goes along with its numbers and answers, so each item is delivered once', async () => {
    await using context = await startServer()
    const client = await roomClient(context)
    const change = changerOf(context, client)
    const outbox = randomUUID()
    const items = [sendItem(1, ROOM, 'a'), messageItem(2, 'b')]
    const before = answersOf(await client.deliver(outbox, items))
    await change('sara')
    const after = answersOf(await client.deliver(outbox, [...items, sendItem(3, ROOM, 'c')]))
    expect(after.slice(0, 2)).toEqual(before)
    expect(after[2]).toMatchObject({ n: 3, ok: true })
    const { messages } = await client.join(ROOM)
    expect(messages.map(({ data }) => data)).toEqual(['a', 'c'])
    expect(messages.map(({ from }) => from)).toEqual([
      expect.stringMatching(/^session:/),
      'user:sara',
    ])
  })

  it('is delivered once when it was on its way while the user changed', async () => {
    for (let round = 0; round < 10; round++) {
      await using context = await startServer()
      const client = await roomClient(context)
      const change = changerOf(context, client)
      const outbox = randomUUID()
      const items = [sendItem(1, ROOM, 'a')]
      const racing = [0, 1, 2].map(() =>
        client.ask('outbox:deliver', { outbox, items, user: null }),
      )
      await change('sara')
      const outcomes = await Promise.all(racing)
      for (const outcome of outcomes) {
        expect(Object.keys(outcome as object)).toEqual([
          expect.stringMatching(/^(answers|retryAfterMs)$/),
        ])
      }
      await client.ask('outbox:deliver', { outbox, items, user: 'sara' })
      expect(await logOf(client)).toEqual(['a'])
    }
  })

  it('stays with its own session when another session signs in', async () => {
    await using context = await startServer()
    const [client, other] = [await roomClient(context), await roomClient(context)]
    const outbox = randomUUID()
    await other.deliver(outbox, [sendItem(1, ROOM, 'a')])
    await changerOf(context, client)('sara')
    await expect(client.deliver(outbox, [sendItem(2, ROOM, 'b')])).rejects.toMatchObject({
      code: 'forbidden',
    })
    expect(answersOf(await other.deliver(outbox, [sendItem(2, ROOM, 'b')]))).toMatchObject([
      { ok: true },
    ])
  })
})

it('a sign-in finds its outboxes and rooms by their keys, however many others there are', async () => {
  await using directory = await temporaryDirectory()
  const { databaseUrl } = directory
  await using _context = await startServer({ databaseUrl })
  const statements = [
    `update outboxes set session_id = 'b' where session_id = 'a'`,
    `delete from outbox_answers where outbox_id in (select id from outboxes where session_id = 'a')`,
    `delete from room_messages where room = 'a'`,
  ]
  for (const statement of statements) {
    const plan = await planOf(databaseUrl, statement)
    expect(plan).toMatch(/SEARCH|Index/)
    expect(plan).not.toMatch(/SCAN|Seq Scan/)
  }
})

/** How the database would run a statement, if its tables were large. */
async function planOf(databaseUrl: string, statement: string): Promise<string> {
  if (!isOnPostgres) {
    return JSON.stringify(await queryStore(databaseUrl, `explain query plan ${statement}`))
  }
  const url = new URL(databaseUrl)
  url.searchParams.set('options', '-c enable_seqscan=off')
  return JSON.stringify(await queryStore(url.href, `explain ${statement}`))
}
