import type { Page } from 'playwright-core'

/** Waits until a page's browser has stored something of its outbox, and not only taken it in. */
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
    const database = await settled(indexedDB.open('yektayar-outbox')) // there since it connected
    const count = (): Promise<number> =>
      settled(database.transaction('items').objectStore('items').count())
    while ((await count()) < 2); // the key to it, and an item
    database.close()
  })
}
