import { describe, expect, it, vi } from 'vitest'
import { enterRoom } from './support/enterRoom.js'
import { eventually } from './support/eventually.js'
import { startServer } from './support/server.js'

describe('people of a room', () => {
  it('come and go, and are members once', async () => {
    await using context = await startServer({ limits: { presenceGraceMs: 20 } })
    const first = await enterRoom(context)
    const presences: unknown[] = []
    first.room.on('presence', ({ isPresent }) => presences.push(isPresent))
    const second = await enterRoom(context)
    await eventually(() => {
      expect(first.room.members).toHaveLength(2)
    })
    expect(second.room.members).toHaveLength(2)
    await second.room.leave()
    await eventually(() => {
      expect(first.room.members).toHaveLength(1)
    })
    expect(presences).toEqual([true, false])
  })

  it('are seen typing until they send, stop, or are silent for long', async () => {
    await using context = await startServer()
    const [first, second] = [await enterRoom(context), await enterRoom(context)]
    const commands = vi.fn()
    context.server.io.sockets.sockets.forEach((socket) => socket.onAny(commands))
    const heard: boolean[] = []
    first.room.on('typing', ({ isTyping }) => heard.push(isTyping))
    for (let key = 0; key < 10; key++) second.room.typing(true)
    await eventually(() => {
      expect(first.room.typists).toHaveLength(1)
    })
    second.room.typing(false)
    await eventually(() => {
      expect(first.room.typists).toEqual([])
    })
    expect(heard).toEqual([true, false])
    second.room.typing(true)
    await eventually(() => {
      expect(first.room.typists).toHaveLength(1)
    })
    await second.room.send('done')
    await eventually(() => {
      expect(first.room.typists).toEqual([])
      expect(first.data()).toEqual(['done'])
    })
    expect(commands.mock.calls.filter(([name]) => name === 'room:typing')).toHaveLength(3)
  })
})
