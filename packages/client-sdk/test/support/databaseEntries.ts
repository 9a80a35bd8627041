import { useItems } from './useItems.js'

/** All entries of the IndexedDB store, as key and value. */
export async function databaseEntries(): Promise<(readonly [IDBValidKey, unknown])[]> {
  const [keys, values] = await useItems('readonly', (store) => [store.getAllKeys(), store.getAll()])
  return keys.result.map((key, index) => [key, values.result[index]] as const)
}

/** The keys of all entries in the IndexedDB store. */
export async function storedKeys(): Promise<IDBValidKey[]> {
  return (await databaseEntries()).map(([key]) => key)
}
