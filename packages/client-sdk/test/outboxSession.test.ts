import { describe, expect, it } from 'vitest'
import { eventually } from './support/eventually.js'
import { deliverAll, scriptServer } from './support/scriptedServer.js'
import { rejection, startServer } from './support/server.js'

describe('the session of an outbox', () => {
  const signingIn = { authenticate: ({ username = '' }) => `user-${username}` }

  it('may be renewed and signed in while items wait', async () => {
    await using context = await startServer(signingIn)
    const client = context.client()
    await client.connect()
    const sent = client.sendMessage('x')
    await client.session.renew()
    await client.session.signIn({ username: 'sara' })
    expect(await sent).toMatchObject({ success: true })
    expect(await client.sendMessage('y')).toMatchObject({ success: true })
  })

  it('takes everything with it when somebody signs out', async () => {
    await using context = await startServer(signingIn)
    const client = context.client()
    await client.connect()
    await client.session.signIn({ username: 'sara' })
    for (const connection of context.server.io.sockets.sockets.values()) connection.offAny()
    const sent = rejection(client.sendMessage('private'))
    await client.session.signOut()
    expect(await sent).toMatchObject({ code: 'session_ended' })
    expect(client.outbox.getSnapshot().items).toEqual([])
  })

  it('leaves what failed to be sent again when it was replaced', async () => {
    await using context = await startServer()
    const client = context.client()
    await client.connect()
    for (const connection of context.server.io.sockets.sockets.values()) connection.offAny()
    const sent = rejection(client.sendMessage('x'))
    await eventually(() => {
      expect(client.outbox.getSnapshot().items).toMatchObject([{ state: 'sending' }])
    })
    const [connection] = context.server.io.sockets.sockets.values()
    await context.server.sessions.end(connection?.data.sessionId ?? '')
    expect(await sent).toMatchObject({ code: 'session_ended', mayHaveRun: true })
    const [item] = client.outbox.getSnapshot().items
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    expect(await client.outbox.retry(item?.id ?? '')).toMatchObject({ success: true })
  })

  it('fails everything when the server says that it is another one', async () => {
    await using server = await scriptServer((_packet, answer) => {
      server.play(deliverAll)
      answer({ code: 'forbidden', message: '', retryable: false })
    })
    const client = server.client()
    await client.connect()
    expect(await rejection(client.sendMessage('x'))).toMatchObject({ code: 'session_ended' })
    expect(await client.sendMessage('y')).toBe(1)
    expect(server.packets[1]?.outbox).not.toBe(server.packets[0]?.outbox)
  })

  it('ends when the app connects with another token, so pending items fail with session_ended', async () => {
    await using server = await scriptServer(() => undefined)
    const client = server.client()
    await client.connect()
    const sent = rejection(client.sendMessage('x'))
    void client.connect({ token: 'another' })
    expect(await sent).toMatchObject({ code: 'session_ended' })
  })
})
