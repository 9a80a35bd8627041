import { describe, expect, it, vi } from 'vitest'
import { YektaYarError } from '../src/index.js'
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

  it('is asked again when it brings something else, and connect() says so', async () => {
    await using context = await startServer()
    const client = context.client({ acquire: () => ({ token: '', expiresAt: '' }) })
    expect(await rejection(client.connect({ timeoutMs: 100 }))).toMatchObject({
      code: 'timeout',
      cause: { code: 'callback_failed', cause: { code: 'invalid_options' } },
    })
  })

  it('stops the client by an error of its own that is not retryable', async () => {
    await using context = await startServer()
    const refuse = () => Promise.reject(new YektaYarError('unauthorized', 'Sign in first'))
    for (const options of [{ acquire: refuse }, { token: refuse }]) {
      const client = context.client(options)
      expect(await rejection(client.connect())).toMatchObject({ message: 'Sign in first' })
      expect(client.status).toBe('stopped')
    }
  })

  it('does not end the client’s own attempts when it gave up on something else', async () => {
    await using context = await startServer()
    const acquire = vi
      .fn(() => context.server.sessions.acquire())
      .mockRejectedValueOnce(new YektaYarError('aborted', 'too slow'))
    const client = context.client({ acquire })
    await client.connect({ timeoutMs: 5_000 })
    expect(acquire).toHaveBeenCalledTimes(2)
  })
})
