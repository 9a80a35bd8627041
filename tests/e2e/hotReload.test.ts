import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { createServer as createViteServer } from 'vite'
import { expect, it, vi } from 'vitest'
import { startServer } from '../support/startServer.js'
import { launchChromium } from './support/launchChromium.js'

const cache = join(import.meta.dirname, '../.cache')

/** A component that shows its own version, the connection, and each welcome that it received. */
function component(version: string): string {
  return `<script setup lang="ts">
import { useSocket, useSocketEvent } from '@yektayar/vue'
import { ref } from 'vue'
const version = '${version}' // in the script, so that an edit replaces the component and its state
const { snapshot } = useSocket()
const heard = ref(0)
useSocketEvent('connected', () => { heard.value++ })
</script>
<template>
  <p id="version">{{ version }}</p>
  <p id="id">{{ snapshot.socketId }}</p>
  <p id="heard">{{ heard }}</p>
</template>
`
}

/** A small app in Vite's dev server, with a component that the test edits. */
async function startApp(url: string) {
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'hot-'))
  const edit = (version: string) => writeFile(join(folder, 'App.vue'), component(version))
  await edit('first')
  await writeFile(
    join(folder, 'index.html'),
    '<main></main><script type="module" src="/main.ts"></script>',
  )
  await writeFile(
    join(folder, 'main.ts'),
    `import { createYektaYar } from '@yektayar/vue'
import { createApp } from 'vue'
import App from './App.vue'
createApp(App).use(createYektaYar({ url: '${url}', autoConnect: true })).mount('main')
`,
  )
  const vite = await createViteServer({
    root: folder,
    configFile: false,
    cacheDir: join(folder, '.vite'),
    logLevel: 'silent',
    plugins: [vue()],
    server: { host: '127.0.0.1', port: 0, strictPort: false },
  })
  await vite.listen()
  return {
    edit,
    address: vite.resolvedUrls?.local[0] ?? '',
    async [Symbol.asyncDispose]() {
      await vite.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

it('hot reload of a component in Vite keeps the connection and leaves no listener behind', async () => {
  await using context = await startServer()
  const { server, url } = context
  const browser = await launchChromium()
  try {
    await using app = await startApp(url)
    const page = await browser.newPage()
    const navigations: string[] = []
    page.on('framenavigated', (frame) => navigations.push(frame.url()))
    await page.goto(app.address)
    await page.locator('#id').filter({ hasText: /\S/ }).waitFor()
    const id = await page.locator('#id').textContent()

    for (const version of ['second', 'third']) {
      // A file watcher may merge two quick writes, so the edit is repeated until the page shows it.
      await vi.waitFor(
        async () => {
          await app.edit(version)
          await page.locator('#version').filter({ hasText: version }).waitFor({ timeout: 3_000 })
        },
        { timeout: 30_000 },
      )
      server.io.emit('connected', { message: version, socketId: id ?? '', isLoggedIn: false })
      await page.locator('#heard').filter({ hasText: '1' }).waitFor()
    }
    expect(await page.locator('#id').textContent()).toBe(id)
    expect(await page.locator('#heard').textContent()).toBe('1')
    expect(server.io.sockets.sockets.size).toBe(1)
    expect(navigations).toHaveLength(1)
  } finally {
    await browser.close()
  }
})
