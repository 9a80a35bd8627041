import { afterEach, describe, expect, it, vi } from 'vitest'
import { memoryStorage } from '../src/index.js'
import type { YektaYarSocket } from '../src/index.js'
import { stubBrowser } from './support/browser.js'
import { rejection, startServer } from './support/server.js'

const signingIn = { authenticate: ({ username = '' }) => `user-${username}` }

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Two clients over the same localStorage, each with its own channel and connection. */
async function openTabs(serverOptions = {}) {
  const context = await startServer({ ...signingIn, ...serverOptions })
  const { entries } = stubBrowser(context.url)
  const fetchSpy = vi.fn(fetch)
  const tabs = [context.client({ fetch: fetchSpy }), context.client({ fetch: fetchSpy })] as const
  return {
    context,
    tabs,
    fetchSpy,
    stored: () => entries.get(`yektayar:session:${context.url}`),
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  }
}

async function signInTogether([first, second]: readonly [YektaYarSocket, YektaYarSocket]) {
  await Promise.all([first.connect(), second.connect()])
  await first.session.signIn({ username: 'sara' })
  await vi.waitFor(() => {
    expect(second.session.userId).toBe('user-sara')
  })
}

describe('two tabs', () => {
  it('that start at once acquire one session', async () => {
    await using scene = await openTabs()
    const [first, second] = scene.tabs
    await Promise.all([first.connect(), second.connect()])
    expect(scene.fetchSpy).toHaveBeenCalledOnce()
    expect(second.session.expiresAt).toBe(first.session.expiresAt)
  })

  it('that renew at once make one request', async () => {
    await using scene = await openTabs()
    const [first, second] = scene.tabs
    await Promise.all([first.connect(), second.connect()])
    const renewals = vi.spyOn(scene.context.server.sessions, 'renew')
    const before = scene.stored()
    await Promise.all([first.session.renew(), second.session.renew()])
    expect(renewals).toHaveBeenCalledOnce()
    expect(scene.stored()).not.toBe(before)
    expect(second.session.expiresAt).toBe(first.session.expiresAt)
  })

  it('learn of each other’s renewal without asking', async () => {
    await using scene = await openTabs()
    const [first, second] = scene.tabs
    await Promise.all([first.connect(), second.connect()])
    await first.session.renew()
    await vi.waitFor(() => {
      expect(second.session.expiresAt).toBe(first.session.expiresAt)
    })
  })

  it('sign in and out together', async () => {
    await using scene = await openTabs()
    const [first, second] = scene.tabs
    await signInTogether(scene.tabs)
    const signedIn = scene.stored()
    await second.session.signOut()
    await vi.waitFor(() => {
      expect(first.session.isLoggedIn).toBe(false)
    })
    expect(scene.stored()).not.toBe(signedIn)
    const calls = scene.fetchSpy.mock.calls.map(([url]) => new URL(url as string).pathname)
    expect(calls).toEqual(['/api/session/acquire', '/api/session/sign-in', '/api/session/sign-out'])
  })

  it('lose what was on its way in either of them when one signs out', async () => {
    await using scene = await openTabs()
    const [first, second] = scene.tabs
    await signInTogether(scene.tabs)
    for (const connection of scene.context.server.io.sockets.sockets.values()) connection.offAny()
    const sent = rejection(second.sendMessage('private'))
    await first.session.signOut()
    expect(await sent).toMatchObject({ code: 'session_ended' })
    expect(second.outbox.getSnapshot().items).toEqual([])
    await second.whenStatus('connected', { timeoutMs: 2_000 })
    await second.ping()
    expect(second.session.isLoggedIn).toBe(false)
  })

  it('are both signed out by one of them when there is no server', async () => {
    await using scene = await openTabs()
    const [first, second] = scene.tabs
    await Promise.all([first.connect(), second.connect()])
    await scene.context.stop()
    expect(await rejection(first.session.signOut())).toMatchObject({ code: 'network_error' })
    await vi.waitFor(() => {
      expect(second.getSnapshot()).toMatchObject({
        status: 'stopped',
        reason: 'session_ended',
        error: { message: 'The session has ended: signed out in another tab' },
      })
    })
    expect(second.session.state).toBe('ended')
    expect(scene.stored()).toBeUndefined()
  })

  it('go on alone where the browser refuses its lock manager', async () => {
    await using scene = await openTabs()
    const refuse = () => Promise.reject(new DOMException('sandboxed', 'SecurityError'))
    vi.stubGlobal('navigator', { onLine: true, locks: { request: refuse } })
    await scene.tabs[0].connect()
    vi.stubGlobal('navigator', { onLine: true })
    await scene.tabs[1].connect()
    expect(scene.tabs[1].session.expiresAt).toBe(scene.tabs[0].session.expiresAt)
  })

  it('leave a client alone that keeps its session elsewhere', async () => {
    await using scene = await openTabs()
    const [first] = scene.tabs
    const other = scene.context.client({ storage: memoryStorage() })
    await Promise.all([first.connect(), other.connect()])
    const { expiresAt } = other.session
    await first.session.signIn({ username: 'sara' })
    await first.session.renew()
    await other.ping()
    expect(other.session).toMatchObject({ expiresAt, isLoggedIn: false })
  })
})

it('two clients of one storage without locks that sign out at once are both connected again', async () => {
  await using context = await startServer(signingIn)
  const storage = memoryStorage()
  const clients = [context.client({ storage }), context.client({ storage })]
  for (const client of clients) await client.connect()
  await clients[0]?.session.signIn({ username: 'sara' })
  await vi.waitFor(
    () => {
      for (const client of clients) {
        expect(client).toMatchObject({ status: 'connected', session: { userId: 'user-sara' } })
      }
    },
    { timeout: 5_000 },
  )
  await Promise.allSettled(clients.map((client) => client.session.signOut()))
  await vi.waitFor(
    () => {
      for (const client of clients) {
        expect(client).toMatchObject({ status: 'connected', session: { userId: null } })
      }
    },
    { timeout: 5_000 },
  )
})
