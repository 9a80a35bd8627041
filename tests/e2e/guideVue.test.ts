import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { guide, GUIDE_URL } from '../guide/guide.js'
import { startServer } from '../support/startServer.js'
import { launchChromium } from './support/launchChromium.js'

/** The return value of the guide's composable, exposed as a global of the page. */
interface GuideSocket {
  readonly socket: { value: { id?: string } | null }
  readonly isConnected: { value: boolean }
  connect(token: string): void
  disconnect(): void
}
declare const useSocket: () => GuideSocket

// The composable needs a browser: in Node, Vue's deep `ref` would wrap the TCP socket in a proxy.
describe.each(['socket.io-client', 'socket.io-client-4.0'])(
  'the composable of the guide’s “Vue.js Integration” with %s in a browser',
  (client) => {
    it('connects, reports and disconnects', async () => {
      await using context = await startServer()
      const { url, token } = context
      const browser = await launchChromium()
      try {
        const page = await browser.newPage()
        const lines: string[] = []
        page.on('console', (message) => {
          if (message.type() !== 'error' || !message.location().url.endsWith('.ico'))
            lines.push(message.text())
        })
        await page.goto(`${url}/health`)
        await page.addScriptTag({ content: await bundleComposable(client, url) })

        await page.evaluate(() => {
          useSocket().connect('')
        })
        await page.evaluate((sessionToken) => {
          useSocket().connect(sessionToken)
        }, token)
        await page.waitForFunction(() => useSocket().isConnected.value)
        const id = await page.evaluate(() => useSocket().socket.value?.id)
        expect(lines).toEqual([
          'Cannot connect: no session token',
          `Socket connected: ${String(id)}`,
        ])

        await page.evaluate(() => {
          useSocket().disconnect()
        })
        expect(await page.evaluate(() => useSocket().isConnected.value)).toBe(false)
      } finally {
        await browser.close()
      }
    })
  },
)

/**
 * The guide's code as a script that sets `useSocket`. Only the URL and the client's version are
 * replaced.
 */
async function bundleComposable(client: string, url: string): Promise<string> {
  const code = guide
    .take('Vue.js Integration Example', 'typescript')
    .replace(GUIDE_URL, url)
    .replace("'socket.io-client'", `'${client}'`)
  const { outputFiles } = await build({
    stdin: {
      contents: `${code}\nObject.assign(window, { useSocket })`,
      loader: 'ts',
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}
