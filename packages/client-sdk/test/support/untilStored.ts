import { expect } from 'vitest'
import type { YektaYarSocket } from '../../src/index.js'
import { storedKeys } from './databaseEntries.js'
import { eventually } from './eventually.js'

/** Waits until a client has stored what it has; beside its items there is the key to them. */
export async function untilStored(client: YektaYarSocket, count = client.outbox.list().length) {
  await eventually(async () => {
    expect(client.outbox.storage).toBe('indexeddb') // before that, there is no database to look at
    expect((await storedKeys()).length).toBeGreaterThan(count)
  })
}
