import { faultProxy, startTestServer } from '@yektayar/testing'
import { expect, it } from 'vitest'
import { launchChromium } from './support/launchChromium.js'
import { openTab, serveTabs, TAB_ROOM } from './support/openTab.js'

const FOR_LONG = { forMs: 600_000 }

it('delivers once and in order what a closed tab has left, by one of two tabs', async () => {
  await inBrowser(async ({ open, goOffline, goOnline, readLog }) => {
    const first = await open()
    await first.until({ status: 'connected' })
    goOffline()
    await first.until({ status: 'reconnecting' })
    await first.send('a', 'b', 'c')
    await first.until({ stored: 3 })
    await first.close()

    const tabs = await Promise.all([open(), open()])
    const [one, other] = tabs
    const heirs = await Promise.all(
      tabs.map(async (tab) => {
        await tab.send('own')
        await tab.until({ stored: 5 })
        return (await tab.state()).waiting
      }),
    )
    expect(heirs.sort((left, right) => right.length - left.length)).toEqual([
      ['a', 'b', 'c', 'own'],
      ['own'],
    ])
    goOnline()
    for (const tab of tabs) await tab.until({ waiting: [] })
    const log = await readLog()
    expect(log.filter((text) => text !== 'own')).toEqual(['a', 'b', 'c'])
    expect(log.filter((text) => text === 'own')).toHaveLength(2)
    const senders = [one, other].filter(({ packets }) => packets.join().includes('"a"'))
    expect(senders).toHaveLength(1)
    for (const tab of tabs) await tab.until({ stored: 0 })
  })
})

it('delivers once what several tabs have queued that come back at the same time', async () => {
  await inBrowser(async ({ open, goOffline, goOnline, readLog }) => {
    const textsOf = (index: number) => ['first', 'second'].map((text) => `${text} of ${index}`)
    const tabs = [await open(), await open()]
    for (const tab of tabs) await tab.until({ status: 'connected' })
    goOffline()
    for (const [index, tab] of tabs.entries()) await tab.send(...textsOf(index))
    for (const tab of tabs) await tab.until({ stored: 4 })
    tabs.push(await open()) // it reads the store and sees that the other tabs are still open
    await tabs[2]?.send(...textsOf(2))
    for (const [index, tab] of tabs.entries()) {
      await tab.until({ stored: 6, waiting: textsOf(index) })
    }
    goOnline()
    for (const tab of tabs) await tab.until({ waiting: [] })

    const log = await readLog()
    expect(log).toHaveLength(6)
    for (const index of tabs.keys()) {
      const own = textsOf(index)
      expect(log.filter((text) => own.includes(text))).toEqual(own)
      const senders = tabs.filter(({ packets }) => packets.join().includes(`"${own[0]}"`))
      expect(senders).toEqual([tabs[index]])
    }
    for (const tab of tabs) await tab.until({ shown: log })
  })
})

/** A browser with one profile, and a server behind a proxy that can cut the connection. */
interface Scene {
  readonly open: () => ReturnType<typeof openTab>
  readonly goOffline: () => void
  readonly goOnline: () => void
  /** The texts of the room's messages. */
  readonly readLog: () => Promise<string[]>
}

async function inBrowser(play: (scene: Scene) => Promise<void>): Promise<void> {
  await using backend = await startTestServer()
  await using proxy = await faultProxy({ target: backend.url })
  await using pages = await serveTabs(proxy.url)
  const browser = await launchChromium()
  try {
    const context = await browser.newContext()
    await play({
      open: () => openTab(context, pages.url),
      goOffline() {
        proxy.drop(FOR_LONG)
      },
      goOnline() {
        proxy.heal()
      },
      async readLog() {
        const reader = backend.client()
        await reader.connect()
        const { messages } = await reader.room(TAB_ROOM).history()
        return messages.map(({ data }) => data as string) // the tabs send strings only
      },
    })
  } finally {
    await browser.close()
  }
}
