import { describe, expect, it } from 'vitest'
import { ListApp, OUT, signedIn, WARD } from './support/listApp.js'
import { roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

async function startApp(app: ListApp, limits = {}) {
  const context = await startServer({ authorize: app.authorize, limits })
  for (const userId of ['sara', 'omid']) app.allowed.add(userId)
  const [sara, omid] = [await signedIn(context, 'sara'), await signedIn(context, 'omid')]
  return { context, ...context.server, sara, omid }
}

/** Resolves when the clients must have received whatever was published before. */
async function settled(...clients: { ask(name: string, input: undefined): Promise<unknown> }[]) {
  await Promise.all(clients.map((client) => client.ask('ping', undefined)))
}

describe('a review of rights', () => {
  it.each<[string, (of: { sessionId: string }) => object]>([
    ['a user', () => ({ userId: 'sara' })],
    ['a room', () => ({ room: WARD })],
    ['a session', ({ sessionId }) => ({ sessionId })],
    ['a user in a room', () => ({ room: WARD, userId: 'sara' })],
    ['everybody', () => ({})],
  ])('of %s ends what is no right any more', async (_what, whose) => {
    const app = new ListApp()
    const { context, rooms, publish, sara, omid } = await startApp(app)
    await using _context = context
    await sara.join(WARD)
    await sara.join('public:lobby')
    await omid.join(WARD)
    app.allowed.delete('sara')
    await rooms.review(whose(sara))
    await publish(WARD, 'not for Sara')
    await publish('public:lobby', 'for all')
    await settled(sara, omid)
    expect(sara.left).toEqual([OUT])
    expect(sara.heard()).toEqual(['for all'])
    expect(omid.left).toEqual([])
    expect(omid.heard()).toEqual(['not for Sara'])
    const { members } = await omid.join(WARD)
    expect(members).toEqual([{ id: 'user:omid' }])
  })

  it.each([
    ['another user', { userId: 'omid' }],
    ['another room', { room: 'public:lobby' }],
    ['a user in another room', { userId: 'sara', room: 'public:lobby' }],
    ['another session', { sessionId: 'nobody' }],
  ])('of %s asks about nobody else', async (_what, whose) => {
    const app = new ListApp()
    const { context, rooms, publish, sara } = await startApp(app)
    await using _context = context
    await sara.join(WARD)
    app.allowed.delete('sara')
    await rooms.review(whose)
    await publish(WARD, 'still')
    await settled(sara)
    expect(sara.heard()).toEqual(['still'])
  })

  it('sends nothing while the app thinks, and tells who stays where the log ends', async () => {
    const app = new ListApp()
    const { context, rooms, publish, sara, omid } = await startApp(app)
    await using _context = context
    await sara.join(WARD)
    await omid.join(WARD)
    const presence: unknown[] = []
    await new Promise((resolve) => omid.socket.once('room:presence', resolve))
    omid.socket.on('room:presence', ({ gone }) => presence.push(gone))
    let answer = (): void => undefined
    app.gate = new Promise((resolve) => (answer = resolve))
    const reviewed = rooms.review({ room: WARD })
    const { seq } = await publish(WARD, 'meanwhile')
    await settled(sara)
    expect(sara.heard()).toEqual([])
    answer()
    await reviewed
    await publish(WARD, 'after it')
    await settled(sara, omid)
    expect(sara.heads).toMatchObject([{ room: WARD, seq }])
    expect(sara.heard()).toEqual(['after it'])
    expect(sara.left).toEqual([])
    expect(presence).toEqual([[]]) // nobody was gone for the others
  })

  it('takes the newest of two that overlap', async () => {
    const app = new ListApp()
    const { context, rooms, publish, sara, omid } = await startApp(app)
    await using _context = context
    await sara.join(WARD)
    await omid.join(WARD)
    app.delayMs = 30
    const first = rooms.review({ room: WARD })
    app.allowed.delete('sara')
    await Promise.all([first, rooms.review({ userId: 'sara' })])
    await publish(WARD, 'not for Sara')
    await settled(sara, omid)
    expect(sara.left).toEqual([OUT])
    expect(sara.heard()).toEqual([])
    expect((await omid.join(WARD)).members).toEqual([{ id: 'user:omid' }])
  })

  it('counts for a join that the app was thinking about', async () => {
    const app = new ListApp()
    const { context, rooms, publish, sara } = await startApp(app)
    await using _context = context
    app.delayMs = 30
    const joining = sara.join(WARD)
    await new Promise((resolve) => setTimeout(resolve, 10))
    app.allowed.delete('sara') // after the app has looked her up
    await rooms.review({ userId: 'sara' })
    await expect(joining).rejects.toMatchObject({ code: 'room_forbidden' })
    await publish(WARD, 'not for Sara')
    await settled(sara)
    expect(sara.heard()).toEqual([])
  })

  it('counts for pages that wait to be read', async () => {
    const app = new ListApp()
    const { context, rooms, publish, sara } = await startApp(app)
    await using _context = context
    for (let count = 0; count < 50; count++) await publish(WARD, 'x'.repeat(2_000))
    const pages = Array.from({ length: 30 }, () => sara.ask('room:history', { room: WARD }))
    const outcomes = Promise.allSettled(pages)
    await pages[0]
    app.allowed.delete('sara')
    await rooms.review({ userId: 'sara' })
    await publish(WARD, 'not for Sara')
    expect(JSON.stringify(await outcomes)).not.toContain('not for Sara')
  })

  it('ends the membership of who is refused when they read or join again', async () => {
    const app = new ListApp()
    const { context, publish, sara, omid } = await startApp(app)
    await using _context = context
    for (const one of [sara, omid]) await one.join(WARD)
    app.allowed.clear()
    await expect(sara.join(WARD)).rejects.toMatchObject({ code: 'room_forbidden' })
    await expect(omid.ask('room:history', { room: WARD })).rejects.toMatchObject({
      code: 'room_forbidden',
    })
    await publish(WARD, 'for nobody')
    await settled(sara, omid)
    for (const one of [sara, omid]) {
      expect(one.left).toEqual([OUT])
      expect(one.heard()).toEqual([])
    }
  })

  it('keeps a member who may be in the room, and may not read its history', async () => {
    await using context = await startServer({ authorize: (_session, action) => action !== 'read' })
    const client = await signedIn(context, 'sara')
    await client.join(WARD)
    await expect(client.ask('room:history', { room: WARD })).rejects.toMatchObject({
      code: 'room_forbidden',
    })
    await context.server.publish(WARD, 'still')
    await settled(client)
    expect(client.heard()).toEqual(['still'])
  })

  it('takes somebody from the list who leaves while the app thinks', async () => {
    const app = new ListApp()
    const { context, rooms, sara, omid } = await startApp(app)
    await using _context = context
    await sara.join(WARD)
    app.delayMs = 30
    const reviewed = rooms.review({})
    await sara.ask('room:leave', { room: WARD })
    await reviewed
    app.delayMs = undefined
    expect((await omid.join(WARD)).members).toEqual([{ id: 'user:omid' }])
  })
})

describe('a member who is removed', () => {
  it('is out on every connection, and may join again where the app says so', async () => {
    const app = new ListApp()
    const { context, rooms, publish, sara, omid } = await startApp(app)
    await using _context = context
    const other = await signedIn(context, 'sara')
    for (const one of [sara, other, omid]) await one.join(WARD)
    await rooms.remove(WARD, 'user:sara')
    await publish(WARD, 'not for Sara')
    await settled(sara, other, omid)
    for (const one of [sara, other]) {
      expect(one.left).toEqual([OUT])
      expect(one.heard()).toEqual([])
    }
    expect(omid.heard()).toEqual(['not for Sara'])
    expect((await omid.join(WARD)).members).toEqual([{ id: 'user:omid' }])
    expect((await sara.join(WARD)).members).toHaveLength(2)
  })

  it('is not listed any longer, if only a lost connection of theirs was', async () => {
    const app = new ListApp()
    const { context, rooms, sara, omid } = await startApp(app, { presenceGraceMs: 60_000 })
    await using _context = context
    await sara.join(WARD)
    await omid.join(WARD)
    sara.socket.io.engine.close()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const gone = new Promise((resolve) => {
      omid.socket.on('room:presence', (change) => {
        if (change.gone.length > 0) resolve(change)
      })
    })
    await rooms.remove(WARD, 'user:sara')
    expect(await gone).toMatchObject({ room: WARD, gone: ['user:sara'], memberCount: 1 })
  })

  it('may be somebody who has not signed in, or is in no room at all', async () => {
    await using context = await startServer({ authorize: () => true })
    const client = await roomClient(context)
    const session = await context.server.sessions.findByToken(client.token)
    await client.join(WARD)
    const left = new Promise((resolve) => client.socket.once('room:left', resolve))
    await context.server.rooms.remove(WARD, `session:${String(session?.id)}`)
    expect(await left).toEqual(OUT)
    await context.server.rooms.remove(WARD, 'user:nobody')
  })
})

it.each<[string, 'review' | 'remove', unknown[]]>([
  ['nothing', 'review', []],
  ['a text', 'review', ['sara']],
  ['a list', 'review', [['sara']]],
  ['another key', 'review', [{ user: 'sara' }]],
  ['a user that is no text', 'review', [{ userId: 1 }]],
  ['an empty user', 'review', [{ userId: '' }]],
  ['a room that cannot be one', 'review', [{ room: 'a'.repeat(200) }]],
  ['a member without a kind', 'remove', [WARD, 'sara']],
  ['a member without an id', 'remove', [WARD, 'user:']],
  ['no member', 'remove', [WARD]],
  ['no room', 'remove', ['', 'user:sara']],
])('%s is not whose rights can be taken', async (_what, method, input) => {
  const app = new ListApp()
  const { context, rooms, sara } = await startApp(app)
  await using _context = context
  await sara.join(WARD)
  app.allowed.clear()
  const call = rooms[method] as (...input: unknown[]) => Promise<void>
  await expect(call(...input)).rejects.toMatchObject({ code: 'invalid_input' })
  await settled(sara)
  expect(sara.left).toEqual([])
})
