import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { vi } from 'vitest'
import type { YektaYarSocket } from '../../src/index.js'
import { stubBrowser } from './browser.js'
import { useItems } from './useItems.js'

/** A browser with a database, in which pages can be opened and closed. */
export function openBrowser(origin: string) {
  const browser = stubBrowser(origin)
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('IDBKeyRange', IDBKeyRange)
  return {
    async closePages(...clients: YektaYarSocket[]) {
      for (const client of clients) await client.disconnect()
      browser.network.locks.closePages()
    },
    /** Goes on with what was in the storage at another time, as if nobody else used it. */
    async putBack(stored: readonly (readonly [IDBValidKey, unknown])[]) {
      browser.network.locks.closePages()
      await useItems('readwrite', (store) => {
        for (const [key, value] of stored) store.put(value, key)
      })
    },
  }
}
