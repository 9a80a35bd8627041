import { randomUUID } from 'node:crypto'
import { RecentMap } from '../shared/recentMap.js'

/** How many accounts are remembered per session; the latest are kept. */
const MAX_ACCOUNTS = 8

/** A session and its successors, since each sign-in and sign-out continues under another id. */
interface Device {
  readonly id: string
  readonly accounts: string[]
}

/** Remembers, in memory, which sessions have signed in to which accounts. */
export interface KnownSessions {
  /** An id for a session and its successors, if they have signed in to this account before. */
  deviceOf(this: void, sessionId: string, account: string): string | undefined
  add(this: void, sessionId: string, accounts: readonly string[]): void
  /** Records that a session continues under another id. */
  continued(this: void, sessionId: string, nextId: string): void
}

/** Creates the memory. @param maxSessions beyond which the least recently used are forgotten */
export function createKnownSessions(maxSessions: number): KnownSessions {
  const devices = new RecentMap<string, Device>(maxSessions)

  return {
    deviceOf(sessionId, account) {
      const device = devices.get(sessionId)
      return device?.accounts.includes(account) === true ? device.id : undefined
    },
    add(sessionId, accounts) {
      let device = devices.get(sessionId)
      if (!device) {
        device = { id: randomUUID(), accounts: [] }
        devices.set(sessionId, device)
      }
      const others = device.accounts.filter((account) => !accounts.includes(account))
      device.accounts.splice(0, Infinity, ...[...others, ...accounts].slice(-MAX_ACCOUNTS))
    },
    continued(sessionId, nextId) {
      const device = devices.get(sessionId)
      if (!device || nextId === sessionId) return
      devices.delete(sessionId)
      devices.set(nextId, device)
    },
  }
}
