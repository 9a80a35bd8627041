import { describe, expect, it } from 'vitest'
import { memoryStorage } from '../src/index.js'
import type { ClientRoom } from '../src/index.js'
import { enterRoom, ROOM } from './support/enterRoom.js'
import { eventually } from './support/eventually.js'
import { reconnect } from './support/reconnect.js'
import { rejection, startServer } from './support/server.js'
import { credentialsOf, signingIn } from './support/signingIn.js'

function ownOf(room: ClientRoom) {
  return room.messages.map(({ data, isOwn }) => [data, isOwn])
}

describe('an entry is one’s own', () => {
  it('before and after the sign-in, also when it is loaded again', async () => {
    await using context = await startServer(signingIn)
    const { client, room } = await enterRoom(context)
    const sent = room.send('as nobody')
    expect(ownOf(room)).toEqual([['as nobody', true]])
    await sent
    await context.server.publish(ROOM, 'from the server')
    await client.session.signIn(credentialsOf('sara'))
    await room.send('as Sara')
    const mine = [
      ['as nobody', true],
      ['from the server', false],
      ['as Sara', true],
    ]
    await eventually(() => {
      expect(room.position?.seq).toBe(3)
    })
    expect(ownOf(room)).toEqual(mine)
    await room.leave()
    await room.join()
    expect(ownOf(room)).toEqual(mine)
  })

  it('where another client of the same user has sent it, as soon as it is known who this one is', async () => {
    await using context = await startServer(signingIn)
    const other = context.client()
    await other.connect()
    await other.session.signIn(credentialsOf('sara'))
    await other.room(ROOM).send('elsewhere')
    const { client, room } = await enterRoom(context)
    expect(ownOf(room)).toEqual([['elsewhere', false]])
    await client.session.signIn(credentialsOf('sara'))
    expect(ownOf(room)).toEqual([['elsewhere', true]])
  })

  it('where an earlier page of the same anonymous session has sent it', async () => {
    await using context = await startServer()
    const storage = memoryStorage()
    const before = context.client({ storage })
    await before.connect()
    await before.room(ROOM).send('before the reload')
    await before.disconnect()
    const { room } = await enterRoom(context, context.client({ storage }))
    await eventually(() => {
      expect(ownOf(room)).toEqual([['before the reload', true]])
    })
  })

  it('no more after a sign-out, for the next person', async () => {
    await using context = await startServer(signingIn)
    const { client, room } = await enterRoom(context)
    await client.session.signIn(credentialsOf('sara'))
    await room.send('as Sara')
    await client.session.signOut()
    await eventually(() => {
      expect(ownOf(room)).toEqual([['as Sara', false]])
    })
    await room.send('as the next one')
    await eventually(() => {
      expect(ownOf(room)).toEqual([
        ['as Sara', false],
        ['as the next one', true],
      ])
    })
    await reconnect(client)
    await room.join()
    expect(ownOf(room)[1]).toEqual(['as the next one', true])
  })

  it('no more once the server has ended the session, for whoever goes on with a new one', async () => {
    await using context = await startServer()
    const { client, room } = await enterRoom(context)
    await room.send('from the session before')
    const before = await client.session.list()
    const lost = client.whenStatus('reconnecting', { timeoutMs: 5_000 })
    await context.server.sessions.end(before[0]?.id ?? '')
    await lost
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    await room.send('from the session after')
    await eventually(() => {
      expect(ownOf(room)).toEqual([
        ['from the session before', false],
        ['from the session after', true],
      ])
    })
  })
})

describe('what was read in a room of the user’s own', () => {
  it('is gone with the sign-out, over the live connection', async () => {
    await using context = await startServer(signingIn)
    const client = context.client()
    await client.connect()
    await client.session.signIn(credentialsOf('sara'))
    const { room } = await enterRoom(context, client, 'user:user-sara')
    await room.send('private')
    await client.session.signOut()
    await eventually(() => {
      expect(room).toMatchObject({ state: 'left', error: { code: 'room_forbidden' } })
    })
    expect(room.messages).toEqual([])
  })

  it('is gone with a sign-out that the server was not told of', async () => {
    await using context = await startServer(signingIn)
    const client = context.client()
    await client.connect()
    await client.session.signIn(credentialsOf('sara'))
    const { room } = await enterRoom(context, client, 'user:user-sara')
    await room.send('private')
    await context.stop()
    await rejection(client.session.signOut())
    expect(client.status).toBe('stopped')
    expect(room.messages).toEqual([])
  })

  it('is gone with a sign-out that failed while the connection lived', async () => {
    await using context = await startServer(signingIn)
    const client = context.client({
      fetch: (url, init) =>
        (url as string).endsWith('sign-out') ? Promise.reject(new TypeError()) : fetch(url, init),
    })
    await client.connect()
    await client.session.signIn(credentialsOf('sara'))
    const { room } = await enterRoom(context, client, 'user:user-sara')
    await room.send('private')
    await rejection(client.session.signOut())
    expect(room.messages).toEqual([])
  })

  it('is gone before a client whose user signed out elsewhere is connected again', async () => {
    await using context = await startServer(signingIn)
    const storage = memoryStorage()
    const [first, second] = [context.client({ storage }), context.client({ storage })]
    await first.session.signIn(credentialsOf('sara'))
    await first.connect()
    const { room } = await enterRoom(context, second, 'user:user-sara')
    await room.send('private')
    const seen: unknown[] = []
    let before = second.status
    second.subscribe(({ status }) => {
      if (status === 'connected' && before !== status) seen.push(room.messages)
      before = status
    })
    await first.session.signOut()
    await eventually(() => {
      expect(seen.length).toBeGreaterThan(0)
    })
    expect(seen[0]).toEqual([])
  })
})
