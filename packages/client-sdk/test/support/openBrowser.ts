import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { vi } from 'vitest'
import type { YektaYarSocket } from '../../src/index.js'
import { stubBrowser } from './browser.js'
import { useItems } from './useItems.js'

/** A stubbed browser with IndexedDB, in which the test opens and closes pages. */
export function openBrowser(origin: string) {
  const browser = stubBrowser(origin)
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('IDBKeyRange', IDBKeyRange)
  return {
    async closePages(...clients: YektaYarSocket[]) {
      for (const client of clients) await client.disconnect()
      browser.network.locks.closePages()
    },
    /** Puts earlier database entries back and frees all locks, as in a copied browser profile. */
    async putBack(stored: readonly (readonly [IDBValidKey, unknown])[]) {
      browser.network.locks.closePages()
      await useItems('readwrite', (store) => {
        for (const [key, value] of stored) store.put(value, key)
      })
    },
  }
}
