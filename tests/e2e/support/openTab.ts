import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { BrowserContext } from 'playwright-core'
import { expect, vi } from 'vitest'
import { servePage } from './servePage.js'

/** The state of a tab's outbox and room. */
interface TabState {
  readonly status: string
  /** The texts that are not delivered yet. */
  readonly waiting: readonly string[]
  /** The number of items stored in the browser, counting all tabs. */
  readonly stored: number
  /** The messages that this tab has sent and that the server has confirmed. */
  readonly answered: readonly { readonly text: string; readonly id: string }[]
  /** The texts that the tab shows in the room. */
  readonly shown: readonly string[]
}

/** The functions that the page exposes to a test. */
interface TabScript {
  open(): void
  send(texts: readonly string[]): void
  state(): Promise<TabState>
}

declare const tab: TabScript

/** The room that all tabs join. */
export const TAB_ROOM = 'public:tabs'

const script = (url: string): string => `
  import { YektaYarSocket } from '@yektayar/client'
  const client = new YektaYarSocket({
    url: '${url}',
    outbox: { persist: 'indexeddb' }, retryDelayMs: 10, retryDelayMaxMs: 50,
    transports: ['websocket'], // whose frames a test can read
  })
  const room = client.room('${TAB_ROOM}')
  const answered = []
  const storedKeys = () => new Promise((resolve) => {
    const opened = indexedDB.open('yektayar-outbox')
    opened.onsuccess = () => {
      const keys = opened.result.transaction('items').objectStore('items').getAllKeys()
      keys.onsuccess = () => {
        opened.result.close()
        resolve(keys.result.filter(([, outbox]) => outbox !== ''))
      }
    }
  })
  globalThis.tab = {
    open() {
      void client.connect().catch(() => undefined)
      void room.join().catch(() => undefined)
    },
    send(texts) {
      for (const text of texts) room.send(text).then(({ id }) => answered.push({ text, id }))
    },
    async state() {
      return {
        status: client.status,
        waiting: client.outbox.getSnapshot().items.map(({ input }) => input.data),
        stored: client.outbox.storage === 'indexeddb' ? (await storedKeys()).length : 0,
        answered,
        shown: room.messages.map(({ data }) => data),
      }
    },
  }`

/** Serves a page whose client keeps its outbox in the browser, for `openTab`. */
export async function serveTabs(url: string) {
  const { outputFiles } = await build({
    stdin: { contents: script(url), resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'error',
  })
  return servePage((outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script'))
}

/** Opens that page; its client connects as soon as it can. */
export async function openTab(context: BrowserContext, pageUrl: string) {
  const page = await context.newPage()
  const packets: string[] = []
  const answers: string[] = []
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => packets.push(String(payload)))
    socket.on('framereceived', ({ payload }) => answers.push(String(payload)))
  })
  await page.goto(pageUrl)
  await page.evaluate(() => {
    tab.open()
  })
  const state = () => page.evaluate(() => tab.state())
  return {
    /** The WebSocket packets sent and received. */
    packets,
    answers,
    send: (...texts: string[]) =>
      page.evaluate((all) => {
        tab.send(all)
      }, texts),
    state,
    /** Waits until the tab's state matches; on timeout, the failure shows the actual state. */
    until: (wanted: Partial<TabState>) =>
      vi.waitFor(
        async () => {
          expect(await state()).toMatchObject(wanted)
        },
        {
          timeout: 15_000,
        },
      ),
    close: () => page.close(),
  }
}
