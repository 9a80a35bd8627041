import type { YektaYarSocketOptions } from '../../src/index.js'

/** The options of a client whose outbox outlives its page. */
export const persisted = {
  outbox: { persist: 'indexeddb' },
} as const satisfies YektaYarSocketOptions
