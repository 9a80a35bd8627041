import { expect, it, vi } from 'vitest'
import { roomClient, ROOM } from './support/roomClient.js'
import { acquire, startServer } from './support/server.js'

it('authorize is told that its time is up', async () => {
  const signals: AbortSignal[] = []
  await using context = await startServer({
    limits: { authorizeTimeoutMs: 50 },
    authorize: (_session, _action, _room, { signal }) => {
      signals.push(signal)
      return new Promise<boolean>(() => undefined)
    },
  })
  const client = await roomClient(context)
  const refused = { code: 'handler_timeout' }
  await expect(client.join(ROOM)).rejects.toMatchObject(refused)
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
})

it('authenticate is told that the caller has gone', async () => {
  const signals: AbortSignal[] = []
  await using context = await startServer({
    authenticate: (_credentials, { signal }) => {
      signals.push(signal)
      return new Promise<null>((resolve) => {
        signal.addEventListener('abort', () => {
          resolve(null)
        })
      })
    },
  })
  const { token } = await acquire(context.url)
  const leave = new AbortController()
  const request = fetch(`${context.url}/api/session/sign-in`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'sara' }),
    signal: leave.signal,
  })
  await vi.waitFor(() => {
    expect(signals).toHaveLength(1)
  })
  expect(signals[0]?.aborted).toBe(false)
  leave.abort()
  await expect(request).rejects.toThrow()
  await vi.waitFor(() => {
    expect(signals[0]?.aborted).toBe(true)
  })
})
