import { memoryStorage } from '@yektayar/client'
import { createPinia } from 'pinia'
import { describe, expect, it, vi } from 'vitest'
import { createApp, h, watch } from 'vue'
import { createYektaYar, useSession } from '../src/index.js'
import type { YektaYarPlugin } from '../src/index.js'
import { useSocketStore } from '../src/pinia.js'
import { startServer } from './support/startServer.js'

const sara = { username: 'sara', password: 'correct horse' }

/** Mounts the composable and the Pinia store in one app. */
function mountSession(plugin: YektaYarPlugin) {
  const pinia = createPinia()
  const app = createApp({ render: () => h('i') })
  app.use(pinia).use(plugin)
  const store = useSocketStore(pinia)
  return { pinia, store, session: app.runWithContext(() => useSession()) }
}

describe('useSession and useSocketStore', () => {
  it('show the same state', async () => {
    await using context = await startServer()
    const { pinia, store, session } = mountSession(context.plugin)
    expect([store.status, session.state.value]).toEqual(['idle', 'none'])
    await store.connect()
    expect([store.isConnected, store.sessionState, session.state.value]).toEqual([
      true,
      'active',
      'active',
    ])
    expect(store.expiresAt).toBe(session.expiresAt.value)
    expect(JSON.stringify(pinia.state.value)).toBe('{"yektayar-socket":{}}')
  })

  it('sign in and out on one connection', async () => {
    await using context = await startServer()
    const { store, session } = mountSession(context.plugin)
    await store.connect()
    const { socketId } = context.plugin.client.getSnapshot()
    const shown = () => [session.userId.value, session.isLoggedIn.value]
    expect(shown()).toEqual([null, false])

    await session.signIn(sara)
    expect(shown()).toEqual(['user-sara', true])
    expect([store.userId, store.isLoggedIn]).toEqual(shown())
    await store.signOut()
    expect(shown()).toEqual([null, false])
    await store.signIn(sara)
    expect(session.isLoggedIn.value).toBe(true)
    await session.signOut()
    expect(store.isLoggedIn).toBe(false)
    expect(context.plugin.client.getSnapshot().socketId).toBe(socketId)
  })

  it('say why a sign-in is refused, and change nothing', async () => {
    await using context = await startServer()
    const { session } = mountSession(context.plugin)
    await context.plugin.client.connect()
    await expect(session.signIn({ ...sara, password: 'wrong' })).rejects.toMatchObject({
      code: 'unauthorized',
    })
    expect(session.isLoggedIn.value).toBe(false)
  })

  it('follow a sign-in that the server makes', async () => {
    await using context = await startServer()
    const { session } = mountSession(context.plugin)
    await context.plugin.client.connect()
    const [own] = await session.list()
    const { socketId } = context.plugin.client.getSnapshot()
    await context.server.sessions.signIn(own?.id ?? '', 'user-omid', { socketId: socketId ?? '' })
    await vi.waitFor(() => {
      expect(session.userId.value).toBe('user-omid')
    })
  })

  it('renew the session, which shows its state on the way', async () => {
    await using context = await startServer()
    const renewals = vi.spyOn(context.server.sessions, 'renew')
    const { session } = mountSession(context.plugin)
    await context.plugin.client.connect()
    const states: string[] = []
    watch(session.state, (state) => states.push(state), { flush: 'sync' })
    await session.renew()
    expect(states).toEqual(['renewing', 'active'])
    expect(renewals).toHaveBeenCalledOnce()
  })

  it('list the sessions of the user, and end one or the own', async () => {
    await using context = await startServer()
    const other = createYektaYar({ url: context.url, storage: memoryStorage() })
    await other.client.session.signIn(sara)
    const { session } = mountSession(context.plugin)
    await context.plugin.client.connect()
    await session.signIn(sara)
    const sessions = await session.list()
    expect(sessions.map(({ isCurrent }) => isCurrent).sort()).toEqual([false, true])

    await session.end(sessions.find(({ isCurrent }) => !isCurrent)?.id)
    expect(await session.list()).toMatchObject([{ isCurrent: true }])
    // A template handler passes its event.
    await session.end(new MouseEvent('click') as unknown as string)
    expect([session.state.value, session.isLoggedIn.value]).toEqual(['ended', false])
    expect(context.plugin.client.getSnapshot()).toMatchObject({ status: 'stopped' })
  })
})
