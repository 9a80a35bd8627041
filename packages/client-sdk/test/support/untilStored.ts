import { expect } from 'vitest'
import type { YektaYarSocket } from '../../src/index.js'
import { storedKeys } from './databaseEntries.js'
import { eventually } from './eventually.js'

/** Waits until a client's items are stored. The store also holds the encryption key. */
export async function untilStored(
  client: YektaYarSocket,
  count = client.outbox.getSnapshot().items.length,
) {
  await eventually(async () => {
    expect(client.outbox.storage).toBe('indexeddb') // before that, the database does not exist
    expect((await storedKeys()).length).toBeGreaterThan(count)
  })
}
