import { describe, expect, it, vi } from 'vitest'
import { CommandError } from '../src/index.js'
import { roomClient } from './support/roomClient.js'
import { startServer } from './support/server.js'

describe('the guide’s message', () => {
  it('is kept in its sender’s own room, where the other connections of the session see it', async () => {
    const onMessage = vi.fn()
    await using context = await startServer({
      onMessage: ({ input }) => {
        onMessage(input)
      },
    })
    const client = await roomClient(context)
    const other = await roomClient(context, client.token)
    const session = await context.server.sessions.findByToken(client.token)
    const room = `session:${session?.id ?? ''}`
    await other.join(room)
    const answer = await client.ask('message', { text: 'hi' })
    expect(answer).toMatchObject({ success: true, data: { text: 'hi' } })
    await vi.waitFor(() => {
      expect(other.seen).toMatchObject([{ room, seq: 1, data: { text: 'hi' }, from: room }])
    })
    expect(client.seen).toEqual([])
    expect(onMessage).toHaveBeenCalledExactlyOnceWith({ text: 'hi' })
  })

  it('is refused by what onMessage throws', async () => {
    await using context = await startServer({
      onMessage: () => {
        throw new CommandError('forbidden', 'Not now')
      },
    })
    const client = await roomClient(context)
    await expect(client.ask('message', 'hi')).rejects.toMatchObject({ code: 'forbidden' })
  })
})
