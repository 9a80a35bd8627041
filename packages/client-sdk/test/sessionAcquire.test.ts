import { describe, expect, it } from 'vitest'
import type { AcquireContext } from '../src/index.js'
import { rejection, startServer } from './support/server.js'

describe('an app’s own way to a session', () => {
  it('is told why one is needed, and which one it replaces', async () => {
    await using context = await startServer()
    const { sessions } = context.server
    const contexts: AcquireContext[] = []
    const client = context.client({
      acquire: (context) => {
        contexts.push(context)
        return sessions.acquire()
      },
    })
    await client.connect()
    await client.session.renew()
    await client.whenStatus('connected')
    for (const { data } of context.server.io.sockets.sockets.values())
      await sessions.end(data.sessionId)
    await client.whenStatus('reconnecting')
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    expect(contexts.map(({ reason }) => reason)).toEqual(['first', 'expiring'])

    const renewed = await client.getStatus()
    const current = await sessions.findByToken(renewed.connection.sessionToken)
    await sessions.end(current?.id ?? '')
    await client.whenStatus('reconnecting')
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    expect(contexts.map(({ reason }) => reason)).toEqual(['first', 'expiring', 'rejected'])
    expect(contexts.map(({ previous }) => previous?.token)).toEqual([
      undefined,
      expect.any(String),
      renewed.connection.sessionToken,
    ])
    expect(contexts.every(({ signal }) => signal instanceof AbortSignal)).toBe(true)
  })

  it('is refused when it brings something else', async () => {
    await using context = await startServer()
    const client = context.client({ acquire: () => ({ token: '', expiresAt: '' }) })
    expect(await rejection(client.connect())).toMatchObject({ code: 'invalid_options' })
  })
})
