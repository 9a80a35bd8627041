import type { StoredSession } from './store.js'

/** The `createdAt` of a session whose user signs in again: now, and in any case later than before. */
export function beginningAgain({ createdAt }: StoredSession, now: number): number {
  return Math.max(now, createdAt + 1)
}
