import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { webStorage } from '../src/index.js'
import type { YektaYarSocketOptions } from '../src/index.js'
import { stubBrowser } from './support/browser.js'
import { eventually } from './support/eventually.js'
import { rejection, startServer } from './support/server.js'

const patient = { retryDelayMs: 60_000, retryDelayMaxMs: 60_000 }

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('in a browser', () => {
  it('connects to the page’s own server and keeps the session in localStorage', async () => {
    await using context = await startServer()
    const { entries } = stubBrowser(context.url)
    const client = context.client({ url: undefined })
    await client.connect()
    expect([...entries.keys()]).toEqual([`yektayar:session:${context.url}`])
    await client.disconnect()
  })

  it('is offline without a network and comes back at once with it', async () => {
    await using context = await startServer()
    const { window, network } = stubBrowser(context.url)
    const client = context.client(patient)
    await client.connect()
    network.onLine = false
    const offline = client.whenStatus('offline')
    await context.stop()
    await offline

    await context.restart()
    network.onLine = true
    window.dispatchEvent(new Event('online'))
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    await client.disconnect()
  })

  it('goes on trying while the browser says that there is no network, which may be wrong', async () => {
    await using context = await startServer()
    const { network } = stubBrowser(context.url)
    network.onLine = false
    const client = context.client()
    await context.stop()
    expect(await rejection(client.connect({ timeoutMs: 50 }))).toMatchObject({ code: 'timeout' })
    await eventually(() => {
      expect(client.getSnapshot()).toMatchObject({ status: 'offline', reason: 'network_error' })
    })
    await context.restart()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
  })

  it('asks the app instead of the browser whether there is a network', async () => {
    await using context = await startServer()
    const { network } = stubBrowser(context.url)
    network.onLine = false
    let isThere = true
    const client = context.client({ isOnline: () => isThere })
    const stop = async (): Promise<void> => {
      await context.stop()
      await eventually(() => {
        expect(client.getSnapshot().reason).toBe('network_error')
      })
    }
    await client.connect()
    await stop()
    expect(client.status).toBe('reconnecting')
    isThere = false
    await client.whenStatus('offline', { timeoutMs: 5_000 })
    await context.restart()
    await client.whenStatus('connected', { timeoutMs: 5_000 })
  })

  it('takes a function of the app that throws for a network, and refuses what is none', async () => {
    await using context = await startServer()
    const client = context.client({
      isOnline: () => {
        throw new Error('not known')
      },
    })
    await client.connect()
    const options = { isOnline: true } as unknown as YektaYarSocketOptions
    expect(() => context.client(options)).toThrow('isOnline')
  })

  it('does not wait for its next attempt when the page is shown again', async () => {
    await using context = await startServer()
    const { page, window } = stubBrowser(context.url)
    const client = context.client(patient)
    await client.connect()
    const lost = client.whenStatus('reconnecting')
    await context.restart()
    await lost
    page.visibilityState = 'hidden'
    window.dispatchEvent(new Event('visibilitychange'))
    expect(client.status).toBe('reconnecting')
    page.visibilityState = 'visible'
    window.dispatchEvent(new Event('visibilitychange'))
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    await client.disconnect()
  })

  it('probes a connection in doubt and replaces one that does not answer', async () => {
    await using context = await startServer()
    const { window } = stubBrowser(context.url)
    const client = context.client()
    await client.connect()
    await client.ping()
    const before = client.getSnapshot().socketId
    const [connection] = context.server.io.sockets.sockets.values()
    connection?.offAny()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    window.dispatchEvent(new Event('pageshow'))
    const lost = client.whenStatus('reconnecting')
    await vi.advanceTimersByTimeAsync(4_900)
    expect(client.status).toBe('connected')
    await vi.advanceTimersByTimeAsync(100)
    vi.useRealTimers()
    await lost
    // Reconnect now: the retry timer was set on the fake clock.
    window.dispatchEvent(new Event('online'))
    await client.whenStatus('connected', { timeoutMs: 5_000 })
    expect(client.getSnapshot().socketId).not.toBe(before)
    await client.disconnect()
  })
})

describe('webStorage()', () => {
  it('is quietly absent where there is none, and takes any Storage', async () => {
    const storage = webStorage()
    await storage.set('a', '1')
    expect(storage.get('a') ?? null).toBeNull()
    await storage.remove('a')

    const { entries } = stubBrowser('http://localhost')
    const own = webStorage(localStorage)
    await own.set('a', '1')
    expect(own.get('a')).toBe('1')
    await own.remove('a')
    expect(entries.size).toBe(0)
  })
})
