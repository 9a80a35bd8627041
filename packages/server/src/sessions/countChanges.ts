import type { SessionListener } from './sessionListener.js'

/** A session listener that counts changes. */
export interface ChangeCounter extends SessionListener {
  /** While this number stays the same, a session that was read before is still current. */
  readonly changes: number
  /** Counts a possible change by another process. */
  suspect(this: void): void
}

/** Wraps a listener and counts its calls. */
export function countChanges(listener: SessionListener): ChangeCounter {
  let changes = 0
  return {
    get changes() {
      return changes
    },
    suspect() {
      changes++
    },
    has: (id, socketId) => listener.has(id, socketId),
    changed(session) {
      changes++
      listener.changed(session)
    },
    moved(id, session, socketId) {
      changes++
      listener.moved(id, session, socketId)
    },
    suspended(id, exceptSocketId) {
      changes++
      return listener.suspended(id, exceptSocketId)
    },
    ended(id, code) {
      changes++
      listener.ended(id, code)
    },
  }
}
