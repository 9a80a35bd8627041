import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, it } from 'vitest'
import { launchChromium } from './support/launchChromium.js'

/** The page's script, which uses the fake client as a test would. */
const script = `
  import { createFakeClient } from '@yektayar/testing/fake'
  globalThis.useFake = async () => {
    const fake = createFakeClient()
    await fake.connect()
    const room = fake.room('public:lobby')
    await room.join()
    await fake.publish('public:lobby', 'theirs')
    await fake.goOffline()
    const offline = { status: fake.status, onLine: navigator.onLine }
    const sent = room.send('mine')
    fake.goOnline()
    await sent
    await fake.settle()
    const texts = room.messages.map(({ data }) => data)
    await fake.session.renew()
    await fake[Symbol.asyncDispose]()
    return { offline, texts, status: fake.status, onLine: navigator.onLine }
  }`

declare const useFake: () => Promise<unknown>

it('runs the fake client in a browser, which asks nothing of the network', async () => {
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    const requests: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    page.on('websocket', (socket) => requests.push(socket.url()))
    await page.addScriptTag({ content: await bundle() })
    expect(await page.evaluate(() => useFake())).toEqual({
      offline: { status: 'offline', onLine: false },
      texts: ['theirs', 'mine'],
      status: 'idle',
      onLine: true,
    })
    expect(requests).toEqual([])
  } finally {
    await browser.close()
  }
})

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}
