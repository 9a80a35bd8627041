import { randomUUID } from 'node:crypto'
import type { MaybePromise } from '../shared/maybePromise.js'
import { RecentMap } from '../shared/recentMap.js'

/** How many accounts are remembered per session; the latest are kept. */
export const MAX_KNOWN_ACCOUNTS = 8

/** A session and its successors, since each sign-in and sign-out continues under another id. */
interface KnownDevice {
  readonly id: string
  /** Whether it has signed in to this account before. */
  knows(this: void, account: string): boolean
}

/**
 * Remembers which sessions have signed in to which accounts: on PostgreSQL in the database, as long as
 * the session lasts, and otherwise in memory.
 */
export interface KnownSessions {
  /**
   * A session that has signed in before.
   *
   * @throws {CommandError} `store_unavailable`
   */
  find(this: void, sessionId: string): MaybePromise<KnownDevice | undefined>
  /**
   * Records that a session has signed in to an account.
   *
   * @throws {CommandError} `store_unavailable`
   */
  add(this: void, sessionId: string, account: string): MaybePromise<void>
  /** Records that a session continues under another id; does nothing where the store does so itself. */
  continued(this: void, sessionId: string, nextId: string): void
}

/** Creates a memory. @param maxSessions beyond which the least recently used are forgotten */
export function createKnownSessions(maxSessions: number): KnownSessions {
  const devices = new RecentMap<string, { readonly id: string; accounts: string[] }>(maxSessions)

  return {
    find(sessionId) {
      const device = devices.get(sessionId)
      return device && { id: device.id, knows: (account) => device.accounts.includes(account) }
    },
    add(sessionId, account) {
      let device = devices.get(sessionId)
      if (!device) {
        device = { id: randomUUID(), accounts: [] }
        devices.set(sessionId, device)
      }
      const others = device.accounts.filter((one) => one !== account)
      device.accounts = [...others, account].slice(-MAX_KNOWN_ACCOUNTS)
    },
    continued(sessionId, nextId) {
      const device = devices.get(sessionId)
      if (!device || nextId === sessionId) return
      devices.delete(sessionId)
      devices.set(nextId, device)
    },
  }
}
