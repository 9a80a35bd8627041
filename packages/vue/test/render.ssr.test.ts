import { describe, expect, it, vi } from 'vitest'
import { createSSRApp, h } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { createYektaYar, useCommand, useSocket } from '../src/index.js'

describe('a render on a server', () => {
  it('touches no network', async () => {
    const fetchSpy = vi.fn(fetch)
    const plugin = createYektaYar({ fetch: fetchSpy, autoConnect: true })
    const app = createSSRApp({
      setup() {
        const { connect, status } = useSocket()
        void connect()
        void useCommand('ping').execute()
        return () => h('p', status.value)
      },
    })
    app.use(plugin)
    expect(await renderToString(app)).toBe('<p>idle</p>')
    expect(plugin.client.status).toBe('idle')
    expect(fetchSpy).not.toHaveBeenCalled()
  })
})
