import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { faultProxy, startTestServer } from '@yektayar/testing'
import type { BrowserContext } from 'playwright-core'
import { expect, it } from 'vitest'
import { temporaryDirectory } from '../support/temporaryDirectory.js'
import { launchProfile } from './support/launchChromium.js'
import { openTab, serveTabs, TAB_ROOM } from './support/openTab.js'

it('confirms only what is stored when a browser’s profile was copied with its outbox', async () => {
  await using directory = await temporaryDirectory()
  await using backend = await startTestServer()
  await using proxy = await faultProxy({ target: backend.url })
  await using pages = await serveTabs(proxy.url)
  const profiles = ['original', 'copy'].map((name) => join(directory.path, name))
  const [original = '', copy = ''] = profiles
  const shared = ['shared 1', 'shared 2']

  await inProfiles([original], async (contexts) => {
    for (const context of contexts) {
      const tab = await openTab(context, pages.url)
      await tab.until({ status: 'connected' })
      proxy.drop({ forMs: 600_000 })
      await tab.send(...shared)
      await tab.until({ stored: 2 })
    }
  })
  await cp(original, copy, { recursive: true })

  await inProfiles([original, copy], async (contexts) => {
    const tabs = await Promise.all(contexts.map((context) => openTab(context, pages.url)))
    for (const tab of tabs) await tab.until({ waiting: shared })
    // Both tabs give these texts the same item numbers.
    for (const [index, tab] of tabs.entries()) await tab.send('same', `only ${String(index)}`)
    for (const tab of tabs) await tab.until({ stored: 4 })
    proxy.heal()
    for (const tab of tabs) await tab.until({ waiting: [] })

    const reader = backend.client()
    await reader.connect()
    const { messages } = await reader.room(TAB_ROOM).history()
    const log = messages.map(({ id, data }) => ({ id, text: data }))
    const texts = log.map(({ text }) => text)
    expect(texts.slice(0, 2)).toEqual(shared)
    expect(texts.slice(2).sort()).toEqual(['only 0', 'only 1', 'same', 'same'])
    const states = await Promise.all(tabs.map((tab) => tab.state()))
    const confirmed = states.flatMap(({ answered }) => answered)
    expect(log).toEqual(expect.arrayContaining(confirmed))
    expect(new Set(confirmed.map(({ id }) => id)).size).toBe(4)
    expect(tabs.filter(({ answers }) => answers.join().includes('outbox_forked'))).toHaveLength(1)
    // Each tab shows what it sent.
    for (const tab of tabs) await tab.until({ shown: texts as string[], stored: 0 })
  })
})

/** Opens a browser for each profile and runs the callback with them. */
async function inProfiles(
  directories: readonly string[],
  run: (contexts: readonly BrowserContext[]) => Promise<void>,
): Promise<void> {
  const contexts = await Promise.all(directories.map(launchProfile))
  try {
    await run(contexts)
  } finally {
    await Promise.all(contexts.map((context) => context.close()))
  }
}
