import { describe, expect, it, vi } from 'vitest'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

const TEXTS = ['a', 'ش', '😀', 'x'.repeat(200), 'y'.repeat(70_000), 'z']

/** Collects the texts of the messages and other events that a client receives. */
function hear({ socket }: Awaited<ReturnType<typeof roomClient>>): string[] {
  const heard: string[] = []
  socket.on('room:message', ({ data }) => heard.push(data as string))
  socket.on('connected', ({ message }) => heard.push(message))
  return heard
}

describe('a message of a room', () => {
  it('reaches all who are in it, over either transport, between other events and in order', async () => {
    await using context = await startServer()
    const { io } = context.server
    const members = []
    for (const transport of ['websocket', 'polling', 'websocket']) {
      const member = await roomClient(context, undefined, [transport])
      await member.join(ROOM)
      members.push({ ...member, heard: hear(member) })
    }
    const outsider = await roomClient(context)
    const watched: string[] = []
    const watchedId = members[2]?.socket.id ?? ''
    io.sockets.sockets.get(watchedId)?.onAnyOutgoing((name: string) => watched.push(name))

    for (const text of TEXTS) {
      io.emit('connected', { message: `before ${text}`, socketId: '', isLoggedIn: false })
      await context.server.publish(ROOM, text)
      io.emit('connected', { message: `after ${text}`, socketId: '', isLoggedIn: false })
    }
    const all = TEXTS.flatMap((text) => [`before ${text}`, text, `after ${text}`])
    for (const { heard } of members) {
      await vi.waitFor(() => {
        expect(heard).toEqual(all)
      })
    }
    expect(watched.filter((name) => name === 'room:message')).toHaveLength(TEXTS.length)
    expect(outsider.seen).toEqual([])
  })

  it('waits behind what a member has not read yet', async () => {
    await using context = await startServer({ limits: { maxUnreadBytes: 1e9 } })
    const member = await roomClient(context, undefined, ['websocket'])
    await member.join(ROOM)
    const heard = hear(member)
    const { ws } = member.socket.io.engine.transport as unknown as {
      ws: { _socket: { pause(): void; resume(): void } }
    }
    const conn = context.server.io.sockets.sockets.get(member.socket.id ?? '')?.conn
    ws._socket.pause()
    let published = 0
    while (conn?.transport.writable) {
      await context.server.publish(ROOM, 'x'.repeat(60_000))
      published++
    }
    context.server.io.emit('connected', { message: 'between', socketId: '', isLoggedIn: false })
    await context.server.publish(ROOM, 'last')
    ws._socket.resume()
    await vi.waitFor(() => {
      expect(heard.slice(published)).toEqual(['between', 'last'])
    })
    expect(member.seen.map(({ seq }) => seq)).toEqual(member.seen.map((_, index) => index + 1))
    expect(published).toBeGreaterThan(2)
  })
})
