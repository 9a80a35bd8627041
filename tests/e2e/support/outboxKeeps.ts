import type { Page } from 'playwright-core'

/** Waits until the browser has stored an outbox item; accepting it in memory is not enough. */
export async function outboxKeeps(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const settled = <Value>(request: IDBRequest<Value>): Promise<Value> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => {
          resolve(request.result)
        }
        request.onerror = () => {
          reject(new Error('IndexedDB did not answer', { cause: request.error }))
        }
      })
    // The database exists, because the client has connected.
    const database = await settled(indexedDB.open('yektayar-outbox'))
    const count = (): Promise<number> =>
      settled(database.transaction('items').objectStore('items').count())
    while ((await count()) < 2); // the encryption key and an item
    database.close()
  })
}
