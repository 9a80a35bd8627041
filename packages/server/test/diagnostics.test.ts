import { randomUUID } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, it, vi } from 'vitest'
import { publish } from '../src/shared/diagnostics.js'
import * as diagnostics from '../src/shared/diagnostics.js'
import { roomClient, ROOM, sendItem } from './support/roomClient.js'
import { connected, refused, startServer } from './support/server.js'

type Message = Readonly<Record<string, unknown>>

/** Records what is published on a diagnostics channel until the end of the scope. */
function listen(name: string) {
  const messages: Message[] = []
  const take = (message: unknown): void => {
    messages.push(message as Message)
  }
  subscribe(name, take)
  return { messages, [Symbol.dispose]: () => unsubscribe(name, take) }
}

describe('who listens to the diagnostics', () => {
  it('is told of commands, and of items of outboxes, with ids and times', async () => {
    using channel = listen('yektayar:command')
    await using context = await startServer()
    const client = await roomClient(context)
    const before = Date.now()
    await client.ask('ping', undefined).catch(() => undefined)
    await client.ask('nope', 'a secret').catch(() => undefined)
    await client.deliver(randomUUID(), [
      sendItem(1, ROOM, 'a secret'),
      sendItem(2, 'user:somebody', 'b'),
    ])
    const { messages } = channel
    expect(messages.map(({ command, outcome, n }) => [command, outcome, n])).toEqual([
      ['ping', 'ok', undefined],
      ['unknown', 'unknown_command', undefined],
      ['room:send', 'ok', 1],
      ['room:send', 'room_forbidden', 2],
      ['outbox:deliver', 'ok', undefined],
    ])
    for (const { startedAt, durationMs, socketId, requestId } of messages) {
      expect(startedAt).toBeGreaterThan(before - 1_000)
      expect(startedAt).toBeLessThan(Date.now() + 1_000)
      expect(durationMs).toBeGreaterThan(0)
      expect(socketId).toBe(client.socket.id)
      expect(requestId).toMatch(new RegExp(`^${String(socketId)}\\.`))
    }
    expect(messages[2]?.requestId).toBe(messages[4]?.requestId)
    expect(JSON.stringify(messages)).not.toMatch(/secret|private|lobby|nope/)
  })

  it('is told of connections: opened, closed, refused', async () => {
    using channel = listen('yektayar:connection')
    await using context = await startServer()
    const { token } = await context.acquire()
    const client = await connected(context.client({ auth: { token } }))
    const { id: socketId } = client
    client.disconnect()
    await refused(context.client({ auth: { token: 'wrong' } }))
    await vi.waitFor(() => {
      expect(channel.messages).toHaveLength(3)
    })
    const [opened, ...others] = channel.messages
    expect(opened).toMatchObject({ event: 'opened', socketId })
    const closed = { event: 'closed', socketId, reason: 'client namespace disconnect' }
    const sessionId: unknown = opened?.sessionId
    const gone = { event: 'refused', code: 'token_invalid' }
    expect(others).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...closed, sessionId }),
        expect.objectContaining(gone),
      ]),
    )
    expect(JSON.stringify(channel.messages)).not.toContain(token)
  })

  it('is told of commits, and of those that failed', async () => {
    using channel = listen('yektayar:commit')
    const onMessage = () => {
      throw new Error('no')
    }
    await using context = await startServer({ onMessage })
    const client = await roomClient(context)
    channel.messages.length = 0
    const outbox = randomUUID()
    await client.deliver(outbox, [sendItem(1, ROOM, 'a'), sendItem(2, ROOM, 'b')])
    await client.ask('message', 'x').catch(() => undefined)
    const told = channel.messages.map(({ messages, isCommitted }) => [messages, isCommitted])
    expect(told).toContainEqual([2, true])
    expect(told.filter(([, isCommitted]) => isCommitted !== true)).toEqual([[0, false]])
  })

  it('is the only reason for which anything is made', async () => {
    const spy = vi.spyOn(diagnostics, 'publish')
    await using context = await startServer()
    const client = await roomClient(context)
    await client.ask('ping', undefined).catch(() => undefined)
    await client.send(ROOM, 'a')
    client.socket.close()
    expect(diagnostics.isObserved('command')).toBe(false)
    expect(spy).not.toHaveBeenCalled()
    expect(publish).toBeTypeOf('function')
  })
})
