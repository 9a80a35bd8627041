/** Runs requests on the IndexedDB store of the outbox items, in one transaction. */
export async function useItems<Result>(
  mode: IDBTransactionMode,
  use: (store: IDBObjectStore) => Result,
): Promise<Result> {
  const database = await settled(indexedDB.open('yektayar-outbox'))
  const transaction = database.transaction('items', mode)
  const result = use(transaction.objectStore('items'))
  await new Promise((resolve) => {
    transaction.oncomplete = resolve
  })
  database.close()
  return result
}

function settled<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve) => {
    request.onsuccess = () => {
      resolve(request.result)
    }
  })
}
