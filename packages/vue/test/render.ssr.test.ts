import { describe, expect, it, vi } from 'vitest'
import { createSSRApp, h } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createYektaYar, useCommand, useSession, useSocket, useSocketEvent } from '../src/index.js'

describe('a render on a server', () => {
  it('touches no network', async () => {
    const fetchSpy = vi.fn(fetch)
    const plugin = createYektaYar({ fetch: fetchSpy, autoConnect: true })
    let asked: Promise<unknown> | undefined
    const app = createSSRApp({
      setup() {
        const { connect, status } = useSocket()
        void connect()
        void useCommand('ping').execute()
        const { signIn, signOut, renew, list, end } = useSession()
        asked = Promise.all([signIn({}), signOut(), renew(), list(), end()])
        return () => h('p', status.value)
      },
    })
    app.use(plugin)
    expect(await renderToString(app)).toBe('<p>idle</p>')
    expect(plugin.client.status).toBe('idle')
    expect(await asked).toEqual([undefined, undefined, undefined, [], undefined])
    expect(plugin.client.session.state).toBe('none')
    expect(fetchSpy).not.toHaveBeenCalled()
  })

  it('leaves no listener at a client, which may outlive the request', async () => {
    const { client } = createYektaYar()
    const listening = ['subscribe', 'on'] as const
    const spies = listening.map((name) => vi.spyOn(client, name))
    for (let request = 0; request < 3; request++) {
      const app = createSSRApp({
        setup() {
          const { on, status } = useSocket()
          on('connected', () => undefined)
          useSocketEvent('room:message', () => undefined)
          return () => h('p', status.value)
        },
      })
      await renderToString(app.use(createYektaYar({ client })))
    }
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  })
})
