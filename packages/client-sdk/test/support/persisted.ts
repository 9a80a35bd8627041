import type { YektaYarSocketOptions } from '../../src/index.js'

/** Options of a client that keeps its outbox in IndexedDB. */
export const persisted = {
  outbox: { persist: 'indexeddb' },
} as const satisfies YektaYarSocketOptions
