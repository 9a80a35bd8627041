import { useItems } from './useItems.js'

/** Everything in the database, by key. */
export async function databaseEntries(): Promise<(readonly [IDBValidKey, unknown])[]> {
  const [keys, values] = await useItems('readonly', (store) => [store.getAllKeys(), store.getAll()])
  return keys.result.map((key, index) => [key, values.result[index]] as const)
}

/** The keys of everything in the database. */
export async function storedKeys(): Promise<IDBValidKey[]> {
  return (await databaseEntries()).map(([key]) => key)
}
