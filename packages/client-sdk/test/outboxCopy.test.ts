import { afterEach, describe, expect, it, vi } from 'vitest'
import type { YektaYarSocket } from '../src/index.js'
import { databaseEntries } from './support/databaseEntries.js'
import { eventually } from './support/eventually.js'
import { openBrowser } from './support/openBrowser.js'
import { persisted } from './support/persisted.js'
import { startServer } from './support/server.js'
import { untilDelivered } from './support/untilDelivered.js'
import { untilStored } from './support/untilStored.js'
import { withhold } from './support/withhold.js'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('a persisted outbox', () => {
  it.each([
    ['another text', 'other'],
    ['the same text', 'own'],
  ])(
    'is not confirmed by %s that a copy of it has sent under the same number',
    async (_what, text) => {
      await using context = await startServer()
      const browser = openBrowser(context.url)
      const before = context.client(persisted)
      void before.room('public:copied').send('shared')
      await untilStored(before)
      const stored = await databaseEntries()
      await browser.closePages(before)
      const pages: YektaYarSocket[] = []
      for (let page = 1; page <= 2; page++) {
        await browser.putBack(stored)
        const client = context.client(persisted)
        await client.connect()
        await untilDelivered(client)
        pages.push(client)
      }
      const [other, own] = pages.map((page) => page.room('public:copied'))
      await own?.join()
      const write = withhold(crypto.subtle, 'encrypt')
      let isSettled = false
      const sent = own?.send('own').finally(() => {
        isSettled = true
      })
      await write.asked
      await other?.send(text)
      await eventually(() => {
        expect(own?.position?.seq).toBe(2)
      })
      expect(isSettled).toBe(false)
      write.release()
      expect(await sent).toMatchObject({ seq: 3 })
      const { messages } = (await own?.history()) ?? { messages: [] }
      expect(messages.map(({ data }) => data)).toEqual(['shared', text, 'own'])
      expect(own?.messages.map(({ data }) => data)).toEqual(['shared', text, 'own'])
    },
  )
})
