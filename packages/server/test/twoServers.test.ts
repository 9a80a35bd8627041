import { describe, expect, it, vi } from 'vitest'
import { range } from './support/range.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer, temporaryDirectory } from './support/server.js'
import { isOnPostgres } from './support/testDatabase.js'

describe('two servers on one file', () => {
  it('show all members of a room one order', async () => {
    await using directory = await temporaryDirectory()
    const options = { databaseUrl: directory.databaseUrl, limits: { storePollMs: 10 } }
    await using first = await startServer(options)
    await using second = await startServer(options)
    const [here, there] = [await roomClient(first), await roomClient(second)]
    await here.join(ROOM)
    await there.join(ROOM)
    await vi.waitFor(async () => {
      expect((await there.join(ROOM)).members).toHaveLength(2)
    })
    await Promise.all(range(1, 40).map((index) => (index % 2 ? here : there).send(ROOM, index)))
    await vi.waitFor(() => {
      expect(here.seen).toHaveLength(40)
      expect(there.seen).toHaveLength(40)
    })
    expect(here.seen).toEqual(there.seen)
    expect(here.seen.map(({ seq }) => seq)).toEqual(range(1, 40))
  })

  it('commit nothing of a session that has ended on the other', async () => {
    await using directory = await temporaryDirectory()
    const options = { databaseUrl: directory.databaseUrl, limits: { storePollMs: 60_000 } }
    await using first = await startServer(options)
    await using second = await startServer(options)
    const client = await roomClient(first)
    const session = await second.server.sessions.findByToken(client.token)
    await second.server.sessions.end(session?.id ?? '')
    const refusal: unknown = await client.send(ROOM, 'too late').catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(Error)
    // With PostgreSQL, the first server may have closed the connection already.
    if (!isOnPostgres) expect(refusal).toMatchObject({ code: 'token_invalid' })
    const { messages } = await (await roomClient(second)).join(ROOM)
    expect(messages).toEqual([])
  })

  it('close the connections of a session that has ended on the other', async () => {
    await using directory = await temporaryDirectory()
    const options = { databaseUrl: directory.databaseUrl, limits: { storePollMs: 20 } }
    await using first = await startServer(options)
    await using second = await startServer(options)
    const client = await roomClient(first)
    const ended = new Promise((resolve) => client.socket.once('session:ended', resolve))
    const session = await second.server.sessions.findByToken(client.token)
    await second.server.sessions.end(session?.id ?? '')
    expect(await ended).toEqual({ code: 'ended' })
  })

  it('close the connections of a session that signed in on the other', async () => {
    await using directory = await temporaryDirectory()
    const options = { databaseUrl: directory.databaseUrl, limits: { storePollMs: 20 } }
    await using first = await startServer(options)
    await using second = await startServer(options)
    const client = await roomClient(first)
    const ended = new Promise((resolve) => client.socket.once('session:ended', resolve))
    const session = await second.server.sessions.findByToken(client.token)
    await second.server.sessions.signIn(session?.id ?? '', 'sara')
    expect(await ended).toEqual({ code: 'changed' })
    await first.server.toUser('sara').publish('for Sara')
    expect(client.seen).toEqual([])
  })
})
