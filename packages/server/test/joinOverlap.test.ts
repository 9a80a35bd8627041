import { expect, it, vi } from 'vitest'
import { range } from './support/range.js'
import { ROOM, roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

it('a message that is committed while somebody joins is in the answer or comes after it', async () => {
  await using context = await startServer()
  const writer = await roomClient(context)
  for (const turns of range(0, 20)) {
    const room = `${ROOM}:${String(turns)}`
    await writer.send(room, 'before')
    const reader = await roomClient(context)
    const joining = reader.join(room)
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
    await writer.send(room, 'meanwhile')
    const { messages, seq } = await joining
    await writer.send(room, 'after')
    await vi.waitFor(() => {
      expect(reader.seen.at(-1)?.data).toBe('after')
    })
    const answered = messages.map(({ seq }) => seq)
    const told = reader.seen.map(({ seq }) => seq)
    expect(seq).toBe(answered.at(-1))
    expect(answered).toEqual(range(1, seq))
    expect(told).toEqual(range(told[0] ?? 0, 3))
    expect(told[0]).toBeLessThanOrEqual(seq + 1)
    reader.socket.close()
  }
})
