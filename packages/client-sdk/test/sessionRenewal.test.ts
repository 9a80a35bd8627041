import { describe, expect, it, vi } from 'vitest'
import { memoryStorage } from '../src/index.js'
import { reconnect } from './support/reconnect.js'
import { rejection, startServer } from './support/server.js'
import { storedToken } from './support/storedToken.js'

const DAY_MS = 24 * 60 * 60_000

describe('a session before its end', () => {
  it('is renewed over the live connection', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    try {
      await using context = await startServer({ sessionTtlDays: 24_000 / DAY_MS })
      const storage = memoryStorage()
      const client = context.client({ storage })
      await client.connect()
      const first = await storedToken(storage, context.url)
      const { socketId } = client.getSnapshot()
      const { expiresAt } = client.session
      await client.ping()
      await vi.advanceTimersByTimeAsync(14_000)
      await vi.waitFor(() => {
        expect(client.session.expiresAt).not.toBe(expiresAt)
      })
      expect(await storedToken(storage, context.url)).not.toBe(first)
      expect(client.getSnapshot().socketId).toBe(socketId)
      expect(client.session.state).toBe('active')
    } finally {
      vi.useRealTimers()
    }
  })

  it('is left alone while that is months away, although no timer can count so far', async () => {
    await using context = await startServer({ sessionTtlDays: 100 })
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const renewals = vi.spyOn(context.server.sessions, 'renew')
    const client = context.client()
    await client.connect()
    await client.ping()
    await client.ping()
    expect(timers.mock.calls.filter(([, delay = 0]) => delay > 2 ** 31 - 1)).toEqual([])
    expect(renewals).not.toHaveBeenCalled()
    timers.mockRestore()
  })

  it('is renewed once for calls that come together', async () => {
    await using context = await startServer()
    const renewals = vi.spyOn(context.server.sessions, 'renew')
    const client = context.client()
    await client.connect()
    await vi.waitFor(() => {
      expect(client.session.id).not.toBeNull()
    })
    const states: string[] = []
    client.session.subscribe(({ state }) => states.push(state))
    await Promise.all([client.session.renew(), client.session.renew(), client.session.renew()])
    expect(renewals).toHaveBeenCalledOnce()
    expect(states).toEqual(['active', 'renewing', 'active'])
    await reconnect(client)
  })

  it('keeps its old token when the renewal fails', async () => {
    await using context = await startServer()
    vi.spyOn(context.server.sessions, 'renew').mockRejectedValueOnce(new Error('broken'))
    const client = context.client()
    await client.connect()
    expect(await rejection(client.session.renew())).toMatchObject({ code: 'internal_error' })
    expect(client.session.state).toBe('active')
    await client.session.renew()
    await reconnect(client)
  })
})
