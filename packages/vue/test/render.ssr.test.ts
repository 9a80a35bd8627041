import { describe, expect, it, vi } from 'vitest'
import { createSSRApp, h } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createYektaYar, useCommand, useSession, useSocket } from '../src/index.js'

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
})
