import { expect, it, vi } from 'vitest'
import { signedIn } from './support/listApp.js'
import { roomClient } from './support/roomClient.js'
import { startServer, temporaryDirectory } from './support/server.js'

const WARD = 'public:ward'

it('who is there is known by user, by session and by room', async () => {
  await using directory = await temporaryDirectory()
  const options = { databaseUrl: directory.databaseUrl, limits: { storePollMs: 10 } }
  await using first = await startServer(options)
  await using second = await startServer(options)
  const [here, there] = [await signedIn(first, 'sara'), await signedIn(second, 'sara')]
  const guest = await roomClient(first)
  for (const client of [here, there, guest]) await client.join(WARD)
  const { sessions, connections, rooms } = first.server

  const all = await sessions.ofUser('sara')
  expect(all.map(({ userId }) => userId)).toEqual(['sara', 'sara'])
  const [mine, ...others] = connections.ofUser('sara')
  expect(others).toEqual([])
  expect(connections.ofSession(mine?.data.sessionId ?? '')).toEqual([mine])
  const session = await sessions.findByToken(guest.token)
  expect(connections.ofSession(session?.id ?? '')).toHaveLength(1)
  expect((await rooms.members(WARD)).sort()).toEqual([`session:${session?.id ?? ''}`, 'user:sara'])

  expect(await sessions.endAllOfUser('sara')).toBe(2)
  expect(connections.ofUser('sara')).toEqual([])
  expect(await sessions.ofUser('sara')).toEqual([])
  await vi.waitFor(() => {
    expect(second.server.connections.ofUser('sara')).toEqual([])
  })
})

it('nobody has an id that nobody has, and what is no id is refused', async () => {
  await using context = await startServer()
  const { sessions, connections, rooms } = context.server
  expect([connections.ofUser('nobody'), connections.ofSession('')]).toEqual([[], []])
  expect([await sessions.ofUser('nobody'), await rooms.members(WARD)]).toEqual([[], []])
  const refused = { code: 'invalid_input' }
  await expect(sessions.ofUser('')).rejects.toMatchObject(refused)
  await expect(sessions.endAllOfUser('')).rejects.toMatchObject(refused)
  await expect(sessions.endAllOfUser(null as never)).rejects.toMatchObject(refused)
  await expect(rooms.members('')).rejects.toMatchObject(refused)
})

it('somebody who signed out is no connection of the user in the same turn', async () => {
  await using context = await startServer()
  await signedIn(context, 'sara')
  const { sessions, connections } = context.server
  const [connection] = connections.ofUser('sara')
  const { sessionId = '' } = connection?.data ?? {}
  const { id } = await sessions.signOut(sessionId, { socketId: connection?.id })
  expect(connections.ofUser('sara')).toEqual([])
  expect(connections.ofSession(id)).toEqual([connection])
})
