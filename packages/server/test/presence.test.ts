import { describe, expect, it, vi } from 'vitest'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

describe('presence', () => {
  it('is of people and not of connections', async () => {
    await using context = await startServer({ limits: { presenceGraceMs: 10 } })
    const witness = await roomClient(context)
    await witness.join(ROOM)
    const changes: unknown[] = []
    witness.socket.on('room:presence', (change) => changes.push(change))
    const first = await roomClient(context)
    const second = await roomClient(context, first.token)
    const session = await context.server.sessions.findByToken(first.token)
    const member = `session:${session?.id ?? ''}`
    const { members } = await first.join(ROOM)
    expect(members).toHaveLength(2)
    expect((await second.join(ROOM)).members).toHaveLength(2)
    first.socket.disconnect()
    await witness.ask('ping', undefined)
    expect(changes).toEqual([{ room: ROOM, member, isPresent: true }])
    second.socket.disconnect()
    await vi.waitFor(() => {
      expect(changes).toContainEqual({ room: ROOM, member, isPresent: false })
    })
    expect(changes).toHaveLength(2)
  })

  it('outlasts a short absence', async () => {
    await using context = await startServer({ limits: { presenceGraceMs: 60_000 } })
    const witness = await roomClient(context)
    await witness.join(ROOM)
    const client = await roomClient(context)
    await client.join(ROOM)
    const changes: unknown[] = []
    witness.socket.on('room:presence', (change) => changes.push(change))
    await witness.ask('ping', undefined)
    changes.length = 0
    client.socket.disconnect()
    const again = await roomClient(context, client.token)
    await again.join(ROOM)
    await witness.ask('ping', undefined)
    expect(changes).toEqual([])
    expect((await witness.join(ROOM)).members).toHaveLength(2)
    await again.ask('room:leave', { room: ROOM })
    await vi.waitFor(() => {
      expect(changes).toMatchObject([{ isPresent: false }])
    })
  })
})
